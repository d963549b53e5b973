import { Controller, Get, HttpCode, Inject, Param, Put, Req } from '@nestjs/common';
import { acknowledgeIdentityRequest, ApiError, identityAnswer, meta, metaAnswer, parseRequest, waIdOfPath } from '@multiconnect/contract';
import type { Identities, IdentityRecord } from '@multiconnect/message-store';
import type { FastifyRequest } from 'fastify';
import type { AccountReader } from '../account-reader.ts';
import { Allow } from '../http/authorization-hook.ts';
import { Describe } from '../http/describe.ts';
import { tokens } from '../services.ts';

@Controller('v1/contacts/:wa_id/identity')
export class IdentitiesController {
  constructor(
    @Inject(tokens.identities) private readonly identities: Identities,
    @Inject(tokens.accountReader) private readonly accounts: AccountReader,
    @Inject(tokens.accountId) private readonly accountId: number,
  ) {}

  @Get()
  @Allow('user')
  @Describe({
    summary: 'Who a customer is',
    notes: 'A hash over the identity keys of the customer’s phones. It changes when a phone is installed anew or another one is added.',
    tag: 'contacts',
    answers: { 200: identityAnswer },
    errors: ['notFound', 'notReady'],
  })
  async read(@Param('wa_id') waId: string): Promise<object> {
    const { hash, createdAtMs, isAcknowledged } = (await this.find(waId)).identity;
    return { contacts: { hash, created_timestamp: createdAtMs, acknowledged: isAcknowledged }, meta };
  }

  @Put()
  @HttpCode(200)
  @Allow('user')
  @Describe({
    summary: 'Acknowledge that a customer’s identity has changed',
    notes: 'With `show_security_notifications` nothing is sent to the customer before. `hash` is that of the callback, or of `GET`.',
    tag: 'contacts',
    body: acknowledgeIdentityRequest,
    answers: { 200: metaAnswer },
    errors: ['notFound', 'notReady', 'parameterInvalid'],
  })
  async acknowledge(@Param('wa_id') waId: string, @Req() request: FastifyRequest): Promise<object> {
    const { hash } = parseRequest(acknowledgeIdentityRequest, request.body);
    const { account, customer } = await this.find(waId);
    if (!(await this.identities.acknowledge(account, customer, hash))) throw new ApiError('parameterInvalid', 'hash');
    return { meta };
  }

  private async find(waId: string): Promise<{ account: number; customer: string; identity: IdentityRecord }> {
    const account = (await this.accounts.registered(this.accountId)).id;
    const customer = waIdOfPath(waId);
    const identity = customer === undefined ? undefined : await this.identities.read(account, customer);
    if (customer === undefined || identity === undefined) throw new ApiError('notFound', 'unknown contact');
    return { account, customer, identity };
  }
}
