import type { ShardMap } from '@multiconnect/cluster';
import { controlShard, slotCount } from '@multiconnect/contract';
import { removeGoneQueues } from '@multiconnect/queue';
import { createErrorLog } from '@multiconnect/telemetry';
import type { ShardContext } from './shard-service.ts';

const lookEveryMs = 15_000;

/** Every number that a message shard may have and none has. */
async function goneShards(shardMap: Pick<ShardMap, 'read'>, account: number): Promise<readonly number[]> {
  const there = new Set((await shardMap.read(account)).map(({ shard }) => shard));
  if (!there.has(controlShard)) return [];
  return Array.from({ length: slotCount }, (_, shard) => shard).filter((shard) => !there.has(shard));
}

/** Removes what shards that are no more have left in Redis. Returns how to stop. */
export function removeQueuesOfGoneShards({ lease, config, connections, log }: ShardContext, shardMap: Pick<ShardMap, 'read'>): () => void {
  const { redis, clock } = connections;
  const onError = createErrorLog(log, 'queues of gone shards not removed');
  const look = async () => {
    if (redis.status !== 'ready') return;
    const shards = await goneShards(shardMap, lease.account);
    const removed = await removeGoneQueues({ redis, prefix: config.redisPrefix, account: lease.account, shards });
    if (removed.length > 0) log.info({ shards: removed }, 'queues of gone shards removed');
  };
  return clock.every(lookEveryMs, () => {
    look().catch(onError);
  });
}
