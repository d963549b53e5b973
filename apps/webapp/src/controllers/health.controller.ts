import { Controller, Get, Inject } from '@nestjs/common';
import { meta } from '@multiconnect/contract';
import { Allow } from '../http/authorization-hook.ts';
import { tokens } from '../services.ts';

@Controller('v1/health')
export class HealthController {
  constructor(@Inject(tokens.clusterHealth) private readonly clusterHealth: () => Promise<object>) {}

  @Get()
  @Allow('monitoring')
  async health(): Promise<object> {
    return { health: await this.clusterHealth(), meta };
  }
}
