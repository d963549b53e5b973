import { Controller, HttpCode, Inject, Param, Post, Put, Req } from '@nestjs/common';
import type { ApiErrorKind, SendMessageRequest } from '@multiconnect/contract';
import {
  ApiError,
  markMessageRequest,
  meta,
  metaAnswer,
  newOutboundId,
  parseMessage,
  parseRequest,
  sendMessageRequest,
  sentMessageAnswer,
  shardOfSlot,
  slotOf,
} from '@multiconnect/contract';
import type { AcceptedMessage, Acceptance } from '@multiconnect/message-store';
import type { OutboundQueues } from '@multiconnect/queue';
import { inSpan, SpanKind, traceparentOf } from '@multiconnect/telemetry';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { AccountReader, RegisteredAccount } from '../account-reader.ts';
import type { Composer } from '../composer.ts';
import { Allow } from '../http/authorization-hook.ts';
import { Describe } from '../http/describe.ts';
import { tokens } from '../services.ts';

const maxIdempotencyKeyLength = 255;
const sendHeaders = z.object({
  'Idempotency-Key': z.string().min(1).max(maxIdempotencyKeyLength).optional().describe('Stands for one message: a repetition is answered with its id'),
});
/** What makes a template message one that cannot be sent. */
const templateErrors = [
  'templateParamCountMismatch',
  'templateMissing',
  'templateFetchFailed',
  'templatePackMissing',
  'templateParamTooLong',
  'templateTextTooLong',
  'templateWhiteSpace',
  'templateCharacters',
  'templateMediaUnsupported',
  'templateComponentMissing',
  'templateUrlInvalid',
  'templateParamFormatMismatch',
] as const satisfies readonly ApiErrorKind[];
const messageId = /^[A-Za-z0-9_-]{1,128}$/;

/** W3C traceparent of the caller. */
function traceOf({ headers }: FastifyRequest): string | undefined {
  return typeof headers['traceparent'] === 'string' ? headers['traceparent'] : undefined;
}

const messagingAttributes = (method: string, route: string) => ({
  'http.request.method': method,
  'http.route': route,
  'messaging.system': 'multiconnect',
});

function idempotencyKeyOf({ headers }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || key === '' || key.length > maxIdempotencyKeyLength) {
    throw new ApiError('parameterInvalid', 'Idempotency-Key');
  }
  return key;
}

@Controller('v1/messages')
export class MessagesController {
  constructor(
    @Inject(tokens.acceptance) private readonly acceptance: Acceptance,
    @Inject(tokens.queues) private readonly queues: Pick<OutboundQueues, 'wake'>,
    @Inject(tokens.accountReader) private readonly accounts: AccountReader,
    @Inject(tokens.composer) private readonly composer: Composer,
    @Inject(tokens.accountId) private readonly accountId: number,
  ) {}

  @Post()
  @Allow('user')
  @Describe({
    summary: 'Send a message',
    notes: '201: the message is stored, and is sent as soon as it can be. What becomes of it comes as callbacks.',
    tag: 'messages',
    body: sendMessageRequest,
    headers: sendHeaders,
    answers: { 201: sentMessageAnswer },
    errors: ['messageTooLong', 'invalidRecipientType', 'badUser', 'identityUnacknowledged', 'spamRateLimit', 'notReady', 'notFound', ...templateErrors],
  })
  async send(@Req() request: FastifyRequest): Promise<object> {
    const body = parseMessage(request.body);
    const idempotencyKey = idempotencyKeyOf(request);
    const account = await this.accounts.registered(this.accountId);
    if (body.to === account.waId) throw new ApiError('badUser', 'The recipient is the sender');
    const accepted = await this.accept(account, body, idempotencyKey, traceOf(request));
    if (accepted.isNew) this.wake(account, accepted.slot, accepted.id);
    const input = (request.body as { to: string }).to;
    return { contacts: [{ input, wa_id: body.to }], messages: [{ id: accepted.id }], meta };
  }

  @Put(':id')
  @HttpCode(200)
  @Allow('user')
  @Describe({
    summary: 'Mark a message from a customer as read',
    tag: 'messages',
    body: markMessageRequest,
    answers: { 200: metaAnswer },
    errors: ['notFound', 'notReady'],
  })
  async mark(@Param('id') id: string, @Req() request: FastifyRequest): Promise<object> {
    parseRequest(markMessageRequest, request.body);
    const account = await this.accounts.registered(this.accountId);
    const marked = messageId.test(id) ? await this.markRead(account, id, traceOf(request)) : undefined;
    if (marked === undefined) throw new ApiError('notFound', 'Unknown message');
    this.wake(account, marked.slot, id);
    return { meta };
  }

  /** INVARIANT: resolves only once the row is committed, so no 201 stands for a message that is not stored. */
  private async accept(
    account: RegisteredAccount,
    body: SendMessageRequest,
    idempotencyKey: string | undefined,
    parent: string | undefined,
  ): Promise<AcceptedMessage> {
    const composed = await this.composer.compose(account, body);
    const slot = slotOf(body.to);
    const attributes = { ...messagingAttributes('POST', '/v1/messages'), 'multiconnect.shard': shardOfSlot(slot, account.shardCount) };
    const accepted = await inSpan('POST /v1/messages', { kind: SpanKind.SERVER, parent, attributes }, async (span) => {
      const trace = traceparentOf(span);
      const message = await this.acceptance.accept({
        account: account.id,
        id: newOutboundId(),
        customer: body.to,
        slot,
        ...composed,
        ...(idempotencyKey !== undefined && { idempotencyKey }),
        ...(trace !== undefined && { trace }),
      });
      span.setAttribute('messaging.message.id', message.id);
      return message;
    });
    // A key stands for one message: it cannot have meant another customer's.
    if (accepted.customer !== body.to) throw new ApiError('parameterInvalid', 'Idempotency-Key was used for another recipient');
    return accepted;
  }

  private markRead(account: RegisteredAccount, id: string, parent: string | undefined) {
    const attributes = { ...messagingAttributes('PUT', '/v1/messages/:id'), 'messaging.message.id': id };
    return inSpan('PUT /v1/messages/:id', { kind: SpanKind.SERVER, parent, attributes }, (span) =>
      this.acceptance.markRead(account.id, id, traceparentOf(span)),
    );
  }

  /** A hint to the shard's owner, after the commit; a sweep finds what no hint names. */
  private wake(account: RegisteredAccount, slot: number, id: string): void {
    this.queues.wake(account.id, shardOfSlot(slot, account.shardCount), [id]);
  }
}
