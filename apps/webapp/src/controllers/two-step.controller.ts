import { Controller, Delete, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { meta, metaAnswer, parseRequest, twoStepRequest } from '@multiconnect/contract';
import type { FastifyRequest } from 'fastify';
import type { ClusterCalls } from '../cluster-calls.ts';
import { Allow } from '../http/authorization-hook.ts';
import { Describe } from '../http/describe.ts';
import { tokens } from '../services.ts';

@Controller('v1/settings/account/two-step')
export class TwoStepController {
  constructor(@Inject(tokens.clusterCalls) private readonly cluster: ClusterCalls) {}

  @Post()
  @HttpCode(200)
  @Allow('admin')
  @Describe({
    summary: 'Turn two-step verification on',
    notes: 'From then on nobody registers the number or changes its shards without the PIN.',
    tag: 'settings',
    body: twoStepRequest,
    answers: { 200: metaAnswer },
    errors: ['notReady', 'internal', 'notPrimaryMaster'],
  })
  async set(@Req() request: FastifyRequest): Promise<object> {
    const { pin } = parseRequest(twoStepRequest, request.body);
    await this.cluster.toLeader('registration.set-pin', { pin });
    return { meta };
  }

  @Delete()
  @Allow('admin')
  @Describe({
    summary: 'Turn two-step verification off',
    tag: 'settings',
    answers: { 200: metaAnswer },
    errors: ['notReady', 'internal', 'notPrimaryMaster'],
  })
  async disable(): Promise<object> {
    await this.cluster.toLeader('registration.set-pin', { pin: null });
    return { meta };
  }
}
