import { z } from 'zod';
import { answer, errorsAnswer } from './answers.ts';
import { schemaStores } from './operations.ts';

/** Answers of operators' endpoints, as they are described and checked in tests. */

const byNode = <Answer extends z.ZodType>(ofNode: Answer) =>
  z.record(z.string(), z.union([z.strictObject({ errors: errorsAnswer.describe('The node does not answer') }), ofNode])).describe('By node: hostname:instance');

const metricFamily = z
  .strictObject({
    type: z.enum(['gauge', 'counter']),
    help: z.string(),
    data: z.array(z.strictObject({ labels: z.record(z.string(), z.string()), value: z.number() })),
  })
  .meta({ id: 'MetricFamily' });
const metricFamilies = z.record(z.string(), metricFamily).describe('By name');

/** `?format=prometheus` for text. */
export const metricsFormat = z.strictObject({ format: z.enum(['json', 'prometheus']).optional() });

export const appStatisticsAnswer = answer({ stats: z.strictObject({ app: byNode(metricFamilies) }) }).meta({ id: 'AppStatisticsAnswer' });
export const databaseStatisticsAnswer = answer({
  stats: z.strictObject({ db: byNode(metricFamilies).describe('By node; empty but for the leading master') }),
}).meta({ id: 'DatabaseStatisticsAnswer' });
export const metricsAnswer = answer({ metrics: metricFamilies }).meta({ id: 'MetricsAnswer' });

const freeBytes = z.number().nullable().describe('Bytes; null: the volume does not answer');
const nodeSupport = z
  .strictObject({
    context: z.literal('healthcheck'),
    db_engine: z.string(),
    db_info: z.string(),
    debug_info: z.string().describe('The number, or `unregistered`'),
    description: z.string(),
    device_iso8601: z.iso.datetime(),
    e2e: z.strictObject({ identity_timestamp: z.int().describe('Unix seconds'), registration_id: z.int() }),
    env: z.array(z.string()).describe('Names of variables'),
    expire_timestamp: z.int().describe('Unix seconds'),
    free_space_data: freeBytes,
    free_space_logs: freeBytes,
    free_space_media_incoming: freeBytes,
    free_space_media_outgoing: freeBytes,
    lc: z.string().describe('Country'),
    lg: z.string().describe('Language'),
    multi_connect: z.boolean(),
    os_name: z.string(),
    os_version: z.string(),
    schema: z.record(z.enum(schemaStores), z.int()),
    socket_conn: z.enum(['UP', 'DN', 'SC', 'UP receiving offline', 'UNK']),
    role: z.enum(['primary_master', 'secondary_master', 'coreapp']),
    shards: z.array(z.tuple([z.int(), z.int()])).describe('Ranges; -1 is the control shard'),
    problems: z.array(z.string()).optional(),
  })
  .meta({ id: 'NodeSupport' });
export const supportAnswer = answer({ support: byNode(nodeSupport) }).meta({ id: 'SupportAnswer' });

const started = z.strictObject({ status: z.literal('processing') });
export const messageCollectionAnswer = answer({
  services: z.strictObject({ message: z.strictObject({ gc: byNode(started) }) }),
}).meta({ id: 'MessageCollectionAnswer' });
export const mediaCollectionAnswer = answer({
  services: z.strictObject({ media: z.strictObject({ gc: started }) }),
}).meta({ id: 'MediaCollectionAnswer' });
