import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

export type RedisScript = (redis: Redis, keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;

/** A script of `lua/`, called by its hash, and sent again when the server has forgotten it (restart, SCRIPT FLUSH). */
export function redisScript(name: string): RedisScript {
  const source = readFileSync(new URL(`../lua/${name}.lua`, import.meta.url), 'utf8');
  const hash = createHash('sha1').update(source).digest('hex');
  return async (redis, keys, args) => {
    try {
      return await redis.evalsha(hash, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return redis.eval(source, keys.length, ...keys, ...args);
    }
  };
}
