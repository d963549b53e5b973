import type { Redis } from 'ioredis';
import { clusterKeys } from './keys.ts';
import type { Heartbeat, HeartbeatStore } from './membership.ts';
import { redisScript } from './redis-script.ts';

const beat = redisScript('node-beat');
const remove = redisScript('node-remove');

/** Heartbeats in Redis: one round trip a beat, two a read. */
export function createRedisHeartbeatStore(redis: Redis, prefix: string): HeartbeatStore {
  const keys = clusterKeys(prefix);
  return {
    beat: async (heartbeat, ttlMs) => {
      await beat(redis, [keys.node(heartbeat.id), keys.nodes], [heartbeat.id, JSON.stringify(heartbeat), ttlMs]);
    },
    readNodes: async () => {
      const ids = await redis.zrange(keys.nodes, 0, '-1');
      if (ids.length === 0) return [];
      const beats = await redis.mget(ids.map((id) => keys.node(id)));
      return beats.filter((json) => json !== null).map((json) => JSON.parse(json) as Heartbeat);
    },
    remove: async (node) => {
      await remove(redis, [keys.node(node.id), keys.nodes], [node.id, node.boot]);
    },
  };
}
