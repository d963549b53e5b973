import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { Registry } from '@multiconnect/telemetry';
import type { FastifyReply } from 'fastify';
import { Allow } from '../http/authorization-hook.ts';
import { Describe } from '../http/describe.ts';
import { tokens } from '../services.ts';

@Controller('metrics')
export class MetricsController {
  constructor(@Inject(tokens.metrics) private readonly metrics: Registry) {}

  @Get()
  @Allow('monitoring')
  @Describe({ summary: 'Metrics of this webapp, for Prometheus', tag: 'operations', answers: { 200: { mediaType: 'text/plain', form: 'text' } } })
  async text(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.type(this.metrics.contentType);
    return this.metrics.metrics();
  }
}
