import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import {
  ApiError,
  deadLetterId,
  deadLettersAnswer,
  deadLettersQuery,
  meta,
  metaAnswer,
  parseRequest,
  replayDeadLettersRequest,
  replayedDeadLettersAnswer,
} from '@multiconnect/contract';
import { type DeadLetter, type DeadLetterKey, type DeadLetterKind, deadLetterKinds, type DeadLetters } from '@multiconnect/message-store';
import type { FastifyRequest } from 'fastify';
import { Allow } from '../http/authorization-hook.ts';
import { Describe } from '../http/describe.ts';
import { tokens } from '../services.ts';

const defaultListed = 100;
const defaultReplayed = 1_000;

function keyOf(id: string): DeadLetterKey {
  const [kind, seq] = id.split('-');
  return { kind: kind as DeadLetterKind, seq: Number(seq) };
}

function keyOfPath(id: string): DeadLetterKey {
  if (!deadLetterId.safeParse(id).success) throw new ApiError('notFound', 'Unknown dead letter');
  return keyOf(id);
}

function assertFound(amount: number): void {
  if (amount === 0) throw new ApiError('notFound', 'Unknown dead letter');
}

function shown({ kind, seq, reason, customer, about, attempts, atMs }: DeadLetter) {
  return { id: `${kind}-${seq}`, kind, reason, wa_id: customer, about, attempts, timestamp: Math.floor(atMs / 1000) };
}

/** The owners' sweeps find what is replayed, within about a second. */
@Controller('v1/dead-letters')
export class DeadLettersController {
  constructor(
    @Inject(tokens.deadLetters) private readonly letters: DeadLetters,
    @Inject(tokens.accountId) private readonly accountId: number,
  ) {}

  @Get()
  @Allow('admin')
  @Describe({
    summary: 'List what was given up after it failed each time',
    notes: 'Kept until it is replayed or dropped. Contents are not shown. Oldest first within a kind; `after` for the next ones.',
    tag: 'operations',
    query: deadLettersQuery,
    answers: { 200: deadLettersAnswer },
    errors: ['parameterInvalid'],
  })
  async list(@Query() query: unknown): Promise<object> {
    const { kind, after, limit = defaultListed } = parseRequest(deadLettersQuery, query);
    const kinds = kind === undefined ? deadLetterKinds : [kind];
    const letters = await this.letters.list(this.accountId, { kinds, limit, ...(after !== undefined && { after: keyOf(after) }) });
    return { dead_letters: letters.map(shown), meta };
  }

  @Post('replay')
  @HttpCode(200)
  @Allow('admin')
  @Describe({
    summary: 'Try the oldest dead letters of a kind again',
    notes: 'After an outage that lasted too long. Repeat it until `replayed` is 0.',
    tag: 'operations',
    body: replayDeadLettersRequest,
    answers: { 200: replayedDeadLettersAnswer },
  })
  async replayOldest(@Req() request: FastifyRequest): Promise<object> {
    const { kind, limit = defaultReplayed } = parseRequest(replayDeadLettersRequest, request.body);
    const oldest = await this.letters.list(this.accountId, { kinds: [kind], limit });
    return { replayed: await this.letters.replay(this.accountId, oldest), meta };
  }

  @Post(':id/replay')
  @HttpCode(200)
  @Allow('admin')
  @Describe({
    summary: 'Try a dead letter again',
    notes: 'As if it had come just now. A message that was reported as `failed` goes on to `sent`.',
    tag: 'operations',
    answers: { 200: metaAnswer },
    errors: ['notFound'],
  })
  async replay(@Param('id') id: string): Promise<object> {
    assertFound(await this.letters.replay(this.accountId, [keyOfPath(id)]));
    return { meta };
  }

  @Delete(':id')
  @Allow('admin')
  @Describe({ summary: 'Drop a dead letter for good', tag: 'operations', answers: { 200: metaAnswer }, errors: ['notFound'] })
  async drop(@Param('id') id: string): Promise<object> {
    assertFound(await this.letters.drop(this.accountId, [keyOfPath(id)]));
    return { meta };
  }
}
