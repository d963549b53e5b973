import type { Redis } from 'ioredis';
import { clusterKeys } from './keys.ts';
import type { LeaseStore } from './lease-store.ts';
import { redisScript } from './redis-script.ts';

const acquire = redisScript('lease-acquire');
const extend = redisScript('lease-extend');
const release = redisScript('lease-release');

/** The leader's lease in Redis. */
export function createRedisLeaseStore(redis: Redis, prefix: string): LeaseStore {
  const keys = [clusterKeys(prefix).leader] as const;
  return {
    acquire: async (holder, ttlMs) => (await acquire(redis, keys, [holder, ttlMs])) === 1,
    extend: async (holder, ttlMs) => (await extend(redis, keys, [holder, ttlMs])) === 1,
    release: async (holder) => {
      await release(redis, keys, [holder]);
    },
    read: () => redis.get(keys[0]),
  };
}
