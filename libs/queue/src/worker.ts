import { Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { type OutboundHint, outboundQueueName } from './names.ts';

// A stalled job is only a hint that is given again: there is no number of times after which it should fail.
const maxStalledCount = 1_000_000;

export interface OutboundWorker {
  /** Leaves running jobs to whoever comes next. */
  close(): Promise<void>;
}

/**
 * Takes a shard's hints. A job stays active until `onHint` has resolved, so the queue's length is what waits to be sent.
 * `redis` waits while Redis is away.
 */
export function runOutboundWorker(options: {
  redis: Redis;
  prefix: string;
  account: number;
  shard: number;
  concurrency: number;
  onHint: (ids: readonly string[]) => Promise<void>;
  onError: (error: Error) => void;
}): OutboundWorker {
  const worker = new Worker<OutboundHint>(
    outboundQueueName(options.account, options.shard),
    (job) => options.onHint(job.data.ids),
    {
      connection: options.redis,
      prefix: options.prefix,
      concurrency: options.concurrency,
      maxStalledCount,
      skipVersionCheck: true,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    },
  );
  worker.on('error', options.onError);
  return { close: () => worker.close(true) };
}
