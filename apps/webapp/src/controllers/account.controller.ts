import { Controller, Get, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { meta, parseRequest, registerAccountRequest, setShardsRequest, verifyAccountRequest } from '@multiconnect/contract';
import type { Accounts } from '@multiconnect/message-store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AccountReader } from '../account-reader.ts';
import type { ClusterCalls } from '../cluster-calls.ts';
import { Allow } from '../http/authorization-hook.ts';
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
  async requestCode(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const { cc, phone_number, method, cert } = parseRequest(registerAccountRequest, request.body);
    const outcome = await this.cluster.toLeader('registration.request-code', { cc, phoneNumber: phone_number, method, cert });
    this.accountReader.forget(this.accountId);
    if (outcome.state === 'already-registered') return { meta };
    void reply.code(202);
    return { account: [{ vname: outcome.verifiedName }], meta };
  }

  @Post('verify')
  @HttpCode(201)
  @Allow('admin')
  async verify(@Req() request: FastifyRequest): Promise<object> {
    await this.cluster.toLeader('registration.verify', parseRequest(verifyAccountRequest, request.body));
    this.accountReader.forget(this.accountId);
    return { meta };
  }

  @Get('shards')
  @Allow('admin')
  async shards(): Promise<object> {
    const { shardCount } = await this.accounts.read(this.accountId);
    return { account: { shards: shardCount }, meta };
  }

  @Post('shards')
  @HttpCode(201)
  @Allow('admin')
  async setShards(@Req() request: FastifyRequest): Promise<object> {
    const { cc, phone_number, shards, cert } = parseRequest(setShardsRequest, request.body);
    await this.cluster.toLeader('registration.set-shards', { cc, phoneNumber: phone_number, shards, cert });
    this.accountReader.forget(this.accountId);
    return { meta };
  }
}
