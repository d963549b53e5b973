import { Controller, Get, Inject } from '@nestjs/common';
import { meta, supportAnswer } from '@multiconnect/contract';
import { Allow } from '../http/authorization-hook.ts';
import { Describe } from '../http/describe.ts';
import type { Operations } from '../operations.ts';
import { tokens } from '../services.ts';

@Controller('v1/support')
export class SupportController {
  constructor(@Inject(tokens.operations) private readonly operations: Operations) {}

  @Get()
  @Allow('user')
  @Describe({ summary: 'What support asks about each node', tag: 'operations', answers: { 200: supportAnswer } })
  async support(): Promise<object> {
    return { support: await this.operations.support(), meta };
  }
}
