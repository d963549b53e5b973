import { Controller, Get, Inject, Query, Res } from '@nestjs/common';
import { appStatisticsAnswer, databaseStatisticsAnswer, type MetricFamilies, meta, metricsFormat } from '@multiconnect/contract';
import { isUnanswered } from '@multiconnect/health';
import { prometheusContentType, prometheusText } from '@multiconnect/statistics';
import type { FastifyReply } from 'fastify';
import { Allow } from '../http/authorization-hook.ts';
import { Describe } from '../http/describe.ts';
import { formatOf } from '../http/metrics-format.ts';
import type { Operations, StatisticsKind } from '../operations.ts';
import { tokens } from '../services.ts';

const text = { mediaType: 'text/plain', form: 'text' } as const;
const app = { tag: 'operations', query: metricsFormat, answers: { 200: [appStatisticsAnswer, text] } } as const;
const database = { tag: 'operations', query: metricsFormat, answers: { 200: [databaseStatisticsAnswer, text] } } as const;

@Controller('v1/stats')
export class StatsController {
  constructor(@Inject(tokens.operations) private readonly operations: Operations) {}

  @Get('app')
  @Allow('monitoring')
  @Describe({ ...app, summary: 'What each node has counted since it started' })
  app(@Query() query: unknown, @Res({ passthrough: true }) reply: FastifyReply): Promise<object | string> {
    return this.answer('app', 'app', query, reply);
  }

  @Get('app/internal')
  @Allow('monitoring')
  @Describe({ ...app, summary: "Each node's own metrics" })
  appInternal(@Query() query: unknown, @Res({ passthrough: true }) reply: FastifyReply): Promise<object | string> {
    return this.answer('app', 'app-internal', query, reply);
  }

  @Get('db')
  @Allow('monitoring')
  @Describe({ ...database, summary: 'What the database holds', notes: 'Counts whole tables: ask when needed.' })
  db(@Query() query: unknown, @Res({ passthrough: true }) reply: FastifyReply): Promise<object | string> {
    return this.answer('db', 'db', query, reply);
  }

  @Get('db/internal')
  @Allow('monitoring')
  @Describe({ ...database, summary: 'What else the database holds', notes: 'Counts whole tables: ask when needed.' })
  dbInternal(@Query() query: unknown, @Res({ passthrough: true }) reply: FastifyReply): Promise<object | string> {
    return this.answer('db', 'db-internal', query, reply);
  }

  private async answer(name: 'app' | 'db', kind: StatisticsKind, query: unknown, reply: FastifyReply): Promise<object | string> {
    const format = formatOf(query);
    const nodes = await this.operations.statistics(kind);
    if (format === 'json') return { stats: { [name]: nodes }, meta };
    const answered = Object.entries(nodes).filter((entry): entry is [string, MetricFamilies] => !isUnanswered(entry[1]));
    void reply.type(prometheusContentType);
    return prometheusText(Object.fromEntries(answered));
  }
}
