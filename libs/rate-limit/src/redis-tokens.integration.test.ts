import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRedisTokens } from './redis-tokens.ts';

let redis: Redis;
beforeAll(() => {
  redis = new Redis(process.env['TEST_REDIS_URL'] ?? '');
});
afterAll(() => redis.disconnect());

/** So slow that no token comes in while the test runs. */
const limit = { perSecond: 0.001, burst: 12 };
const sourceOfOneProcess = (prefix: string) => createRedisTokens(redis, prefix);

describe('createRedisTokens', () => {
  it('gives no more than the burst to all processes together', async () => {
    const prefix = `test-${randomUUID()}`;
    const sources = [sourceOfOneProcess(prefix), sourceOfOneProcess(prefix)] as const;
    const grants = await Promise.all(Array.from({ length: 40 }, (_, index) => sources[index % 2 === 0 ? 0 : 1]('messages', limit, 1, 3)));
    expect(grants.reduce((sum, { given }) => sum + given, 0)).toBe(limit.burst);
    expect(grants.at(-1)?.nextInMs).toBeGreaterThan(0);
  });

  it('gives what is needed before anything ahead, and ahead no more than a quarter of the rest', async () => {
    const take = sourceOfOneProcess(`test-${randomUUID()}`);
    expect(await take('messages', limit, 4, 100)).toMatchObject({ given: 6, nextInMs: 0 });
    expect(await take('messages', limit, 10, 100)).toMatchObject({ given: 6 });
    expect(await take('messages', limit, 1, 100)).toMatchObject({ given: 0 });
    expect(await take('contacts', limit, 1, 0)).toMatchObject({ given: 1 });
  });

  it('fills again with time, up to the burst, and leaves no key behind for good', async () => {
    const prefix = `test-${randomUUID()}`;
    const take = sourceOfOneProcess(prefix);
    const fast = { perSecond: 100_000, burst: 5 };
    expect(await take('messages', fast, 5, 0)).toMatchObject({ given: 5 });
    await expect.poll(async () => (await take('messages', fast, 5, 0)).given).toBe(5);
    expect(await redis.pttl(`${prefix}:rate:messages`)).toBeGreaterThan(0);
  });
});
