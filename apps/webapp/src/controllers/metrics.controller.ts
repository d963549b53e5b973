import { Controller, Get, Inject, Query, Res } from '@nestjs/common';
import { type MetricFamilies, meta, metricsAnswer, metricsFormat } from '@multiconnect/contract';
import { prometheusContentType, prometheusText } from '@multiconnect/statistics';
import type { FastifyReply } from 'fastify';
import { Allow } from '../http/authorization-hook.ts';
import { Describe } from '../http/describe.ts';
import { formatOf } from '../http/metrics-format.ts';
import type { WebStatistics } from '../http/web-statistics.ts';
import { tokens } from '../services.ts';

/** Every value carries the webapp that it is of: behind a load balancer each call may meet another. */
function labelled(families: MetricFamilies, node: string): MetricFamilies {
  return Object.fromEntries(
    Object.entries(families).map(([name, { data, ...family }]) => [name, { ...family, data: data.map(({ labels, value }) => ({ labels: { ...labels, node }, value })) }]),
  );
}

@Controller('metrics')
export class MetricsController {
  constructor(@Inject(tokens.webStatistics) private readonly statistics: WebStatistics) {}

  @Get()
  @Allow('monitoring')
  @Describe({
    summary: 'Figures of the webapp that answers',
    tag: 'operations',
    query: metricsFormat,
    answers: { 200: [metricsAnswer, { mediaType: 'text/plain', form: 'text' }] },
  })
  async read(@Query() query: unknown, @Res({ passthrough: true }) reply: FastifyReply): Promise<object | string> {
    const format = formatOf(query);
    const { node } = this.statistics;
    const families = await this.statistics.families();
    if (format === 'json') return { metrics: labelled(families, node), meta };
    void reply.type(prometheusContentType);
    return prometheusText({ [node]: families });
  }
}
