import { Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { checkContactsRequest, contactsAnswer, meta, parseRequest } from '@multiconnect/contract';
import type { FastifyRequest } from 'fastify';
import type { AccountReader } from '../account-reader.ts';
import type { ClusterCalls } from '../cluster-calls.ts';
import { Allow } from '../http/authorization-hook.ts';
import { Describe } from '../http/describe.ts';
import { tokens } from '../services.ts';

@Controller('v1/contacts')
export class ContactsController {
  constructor(
    @Inject(tokens.clusterCalls) private readonly cluster: ClusterCalls,
    @Inject(tokens.accountReader) private readonly accounts: AccountReader,
    @Inject(tokens.accountId) private readonly accountId: number,
  ) {}

  @Post()
  @HttpCode(200)
  @Allow('user')
  @Describe({
    summary: 'Look up numbers',
    notes: 'Without `blocking: wait` a number that is not known yet is answered `processing`.',
    tag: 'contacts',
    body: checkContactsRequest,
    answers: { 200: contactsAnswer },
    errors: ['notReady', 'internal', 'notPrimaryCoreapp'],
  })
  async check(@Req() request: FastifyRequest): Promise<object> {
    const { blocking, contacts, force_check } = parseRequest(checkContactsRequest, request.body);
    const account = (await this.accounts.registered(this.accountId)).id;
    const answers = await this.cluster.toCoreapp('contacts.check', {
      account,
      contacts,
      wait: blocking === 'wait',
      forceCheck: force_check,
    });
    return { contacts: answers, meta };
  }
}
