import { Controller, HttpCode, Inject, Put } from '@nestjs/common';
import { mediaCollectionAnswer, messageCollectionAnswer, meta } from '@multiconnect/contract';
import { Allow } from '../http/authorization-hook.ts';
import { Describe } from '../http/describe.ts';
import type { Operations } from '../operations.ts';
import { tokens } from '../services.ts';

/** Work of the cluster that is begun by hand; what came of it is told by a callback. */
@Controller('v1/services')
export class ServicesController {
  constructor(@Inject(tokens.operations) private readonly operations: Operations) {}

  @Put('message/gc')
  @HttpCode(200)
  @Allow('user')
  @Describe({
    summary: 'Begin to delete messages that nothing needs any more',
    notes: 'Each coreapp tells the outcome by a callback with `services`.',
    tag: 'operations',
    answers: { 200: messageCollectionAnswer },
  })
  async collectMessages(): Promise<object> {
    return { services: { message: { gc: await this.operations.collectMessages() } }, meta };
  }

  @Put('media/gc')
  @HttpCode(200)
  @Allow('user')
  @Describe({
    summary: 'Begin to delete files that nothing has used for 30 days',
    notes: 'The outcome comes by a callback with `services`.',
    tag: 'operations',
    answers: { 200: mediaCollectionAnswer },
    errors: ['notPrimaryCoreapp'],
  })
  async collectMedia(): Promise<object> {
    return { services: { media: { gc: await this.operations.collectMedia() } }, meta };
  }
}
