import type { Redis } from 'ioredis';
import { outboundQueueName } from './names.ts';

export interface GoneQueuesOptions {
  readonly redis: Redis;
  readonly prefix: string;
  readonly account: number;
  /** Shards that are not there: their hints have no reader, and the sweeps of those that have the slots now make them up. */
  readonly shards: readonly number[];
}

/** What every queue has that was ever used. */
const marks = ['meta', 'id', 'wait', 'events'] as const;
const scanCount = 1_000;

async function keysOf(redis: Redis, pattern: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const some of redis.scanStream({ match: pattern, count: scanCount }) as AsyncIterable<string[]>) keys.push(...some);
  return keys;
}

/** Deletes what the outbound queues of these shards have left in Redis. Returns the shards that had something. */
export async function removeGoneQueues({ redis, prefix, account, shards }: GoneQueuesOptions): Promise<readonly number[]> {
  const nameOf = (shard: number) => `${prefix}:${outboundQueueName(account, shard)}`;
  const isThere = await Promise.all(shards.map((shard) => redis.exists(...marks.map((mark) => `${nameOf(shard)}:${mark}`))));
  const found = shards.filter((_, index) => (isThere[index] ?? 0) > 0);
  for (const shard of found) {
    const keys = await keysOf(redis, `${nameOf(shard)}:*`);
    if (keys.length > 0) await redis.unlink(...keys);
  }
  return found;
}
