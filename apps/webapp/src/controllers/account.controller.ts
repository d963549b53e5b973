import { Controller, Get, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import {
  codeSentAnswer,
  meta,
  metaAnswer,
  parseRequest,
  registerAccountRequest,
  setShardsRequest,
  shardsAnswer,
  verifyAccountRequest,
} from '@multiconnect/contract';
import type { Accounts } from '@multiconnect/message-store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AccountReader } from '../account-reader.ts';
import type { ClusterCalls } from '../cluster-calls.ts';
import { Allow } from '../http/authorization-hook.ts';
import { Describe } from '../http/describe.ts';
import { tokens } from '../services.ts';

@Controller('v1/account')
export class AccountController {
  constructor(
    @Inject(tokens.clusterCalls) private readonly cluster: ClusterCalls,
    @Inject(tokens.accounts) private readonly accounts: Pick<Accounts, 'read'>,
    @Inject(tokens.accountReader) private readonly accountReader: AccountReader,
    @Inject(tokens.accountId) private readonly accountId: number,
  ) {}

  @Post()
  @Allow('admin')
  @Describe({
    summary: 'Ask for a registration code',
    notes: '202: a code is on its way. 201: the number is registered, nothing is left to do.',
    tag: 'account',
    body: registerAccountRequest,
    answers: { 201: metaAnswer, 202: codeSentAnswer },
    errors: ['internal', 'notPrimaryMaster'],
  })
  async requestCode(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const { cc, phone_number, method, cert, pin } = parseRequest(registerAccountRequest, request.body);
    const outcome = await this.cluster.toLeader('registration.request-code', {
      cc,
      phoneNumber: phone_number,
      method,
      cert,
      ...(pin !== undefined && { pin }),
    });
    this.accountReader.forget(this.accountId);
    if (outcome.state === 'already-registered') return { meta };
    void reply.code(202);
    return { account: [{ vname: outcome.verifiedName }], meta };
  }

  @Post('verify')
  @HttpCode(201)
  @Allow('admin')
  @Describe({
    summary: 'Register with the code',
    tag: 'account',
    body: verifyAccountRequest,
    answers: { 201: metaAnswer },
    errors: ['internal', 'notPrimaryMaster'],
  })
  async verify(@Req() request: FastifyRequest): Promise<object> {
    await this.cluster.toLeader('registration.verify', parseRequest(verifyAccountRequest, request.body));
    this.accountReader.forget(this.accountId);
    return { meta };
  }

  @Get('shards')
  @Allow('admin')
  @Describe({ summary: 'Read the number of shards', tag: 'account', answers: { 200: shardsAnswer } })
  async shards(): Promise<object> {
    const { shardCount } = await this.accounts.read(this.accountId);
    return { account: { shards: shardCount }, meta };
  }

  @Post('shards')
  @HttpCode(201)
  @Allow('admin')
  @Describe({
    summary: 'Set the number of shards',
    tag: 'account',
    body: setShardsRequest,
    answers: { 201: metaAnswer },
    errors: ['notReady', 'internal', 'notPrimaryMaster'],
  })
  async setShards(@Req() request: FastifyRequest): Promise<object> {
    const { cc, phone_number, shards, cert, pin } = parseRequest(setShardsRequest, request.body);
    await this.cluster.toLeader('registration.set-shards', {
      cc,
      phoneNumber: phone_number,
      shards,
      cert,
      ...(pin !== undefined && { pin }),
    });
    this.accountReader.forget(this.accountId);
    return { meta };
  }
}
