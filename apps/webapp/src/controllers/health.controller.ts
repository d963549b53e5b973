import { Controller, Get, Inject } from '@nestjs/common';
import { healthAnswer, meta } from '@multiconnect/contract';
import { Allow } from '../http/authorization-hook.ts';
import { Describe } from '../http/describe.ts';
import { tokens } from '../services.ts';

@Controller('v1/health')
export class HealthController {
  constructor(@Inject(tokens.clusterHealth) private readonly clusterHealth: () => Promise<object>) {}

  @Get()
  @Allow('monitoring')
  @Describe({ summary: 'Whether each node is connected', tag: 'operations', answers: { 200: healthAnswer } })
  async health(): Promise<object> {
    return { health: await this.clusterHealth(), meta };
  }
}
