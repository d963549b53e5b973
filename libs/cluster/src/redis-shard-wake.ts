import type { Redis } from 'ioredis';
import { clusterKeys } from './keys.ts';
import type { NodesWake, ShardMapWake, Wake } from './shard-wake.ts';

/**
 * Wake-ups over Redis pub/sub. `subscriber` is a connection of its own (a subscribed one can send no commands), made to reconnect
 * and subscribe again for ever; the caller closes it.
 */
function redisWake(redis: Redis, subscriber: Redis, channel: string): Wake {
  return {
    publish: async () => {
      await redis.publish(channel, '');
    },
    subscribe: async (fn) => {
      const onMessage = (from: string) => {
        if (from === channel) fn();
      };
      const onReady = () => fn();
      subscriber.on('message', onMessage);
      subscriber.on('ready', onReady);
      await subscriber.subscribe(channel);
      return () => {
        subscriber.off('message', onMessage);
        subscriber.off('ready', onReady);
      };
    },
  };
}

export function createRedisShardMapWake(redis: Redis, subscriber: Redis, prefix: string): ShardMapWake {
  return redisWake(redis, subscriber, clusterKeys(prefix).shardMapChannel);
}

export function createRedisNodesWake(redis: Redis, subscriber: Redis, prefix: string): NodesWake {
  return redisWake(redis, subscriber, clusterKeys(prefix).nodesChannel);
}
