import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { bucketKey } from './keys.ts';
import type { TokenSource } from './token-source.ts';

const command = 'takeTokens';
const script = readFileSync(new URL('../lua/take-tokens.lua', import.meta.url), 'utf8');

interface TakesTokens {
  [command](key: string, perSecond: number, burst: number, needed: number, ahead: number): Promise<[given: number, nextInMs: number]>;
}

/** `redis` fails fast while Redis is away. */
export function createRedisTokens(redis: Redis, prefix: string): TokenSource {
  redis.defineCommand(command, { numberOfKeys: 1, lua: script });
  const scripted = redis as unknown as TakesTokens;
  return async (endpoint, { perSecond, burst }, needed, ahead) => {
    const [given, nextInMs] = await scripted[command](bucketKey(prefix, endpoint), perSecond, burst, needed, ahead);
    return { given, nextInMs };
  };
}
