import { randomUUID } from 'node:crypto';
import { systemClock } from '@multiconnect/clock';
import { connectRedis } from '@multiconnect/queue';
import { createRedisTokens } from '@multiconnect/rate-limit';
import { createMetrics } from '@multiconnect/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiRateLimiter } from './rate-limits.ts';
import { startTcpProxy } from './testing/tcp-proxy.ts';
import type { TestWebapp } from './testing/webapp.ts';
import { startTestWebapp } from './testing/webapp.ts';

/** So slow that no token comes in while the test runs. */
const limits = { messages: { perSecond: 0.01, burst: 15 }, others: { perSecond: 0.01, burst: 6 } };

let webapps: readonly TestWebapp[];
let redisProxy: Awaited<ReturnType<typeof startTcpProxy>>;
let close: () => Promise<void>;

/** Two webapps with databases of their own, as they share nothing here but Redis. */
beforeAll(async () => {
  const { hostname, port } = new URL(process.env['TEST_REDIS_URL'] ?? '');
  redisProxy = await startTcpProxy({ host: hostname, port: Number(port) });
  const prefix = `test-${randomUUID()}`;
  const start = async () => {
    const redis = connectRedis(`redis://127.0.0.1:${redisProxy.port}`, 'fail', () => undefined);
    const metrics = createMetrics({ process: 'webapp', node: 'test' });
    const tokens = createRedisTokens(redis, prefix);
    const rateLimiter = createApiRateLimiter({ limits, tokens, clock: systemClock, metrics, onAway: () => undefined });
    const webapp = await startTestWebapp({ rateLimiter, metrics });
    return { webapp, redis };
  };
  const started = await Promise.all([start(), start()]);
  webapps = started.map(({ webapp }) => webapp);
  close = async () => {
    await Promise.all(webapps.map((webapp) => webapp.close()));
    for (const { redis } of started) redis.disconnect();
    await redisProxy.close();
  };
});
afterAll(() => close());

const textOf = (to: string) => ({ to, type: 'text', text: { body: 'hello' } });

describe('rate limits', () => {
  it('hold over all webapps: the burst passes, the rest is 429 with 1015 and Retry-After, and nothing of it is accepted [rates.messages] [rates.refused] [error.1015] [http.header.retry_after]', async () => {
    const tokens = await Promise.all(webapps.map((webapp) => webapp.adminToken()));
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => {
        const webapp = webapps[index % 2] as TestWebapp;
        return webapp.request('POST', '/v1/messages', { token: tokens[index % 2] as string, json: textOf('16315551001') });
      }),
    );
    const accepted = answers.filter(({ status }) => status === 201);
    const refused = answers.filter(({ status }) => status === 429);
    expect(accepted.length + refused.length).toBe(40);
    // What a webapp has taken ahead is lost to the other.
    expect(accepted.length).toBeLessThanOrEqual(limits.messages.burst);
    expect(accepted.length).toBeGreaterThan(limits.messages.burst / 2);
    expect(refused[0]?.json.errors).toEqual([{ code: 1015, title: 'Too many requests', details: 'Rate limit hit, try again later' }]);
    expect(Number(refused[0]?.headers['retry-after'])).toBeGreaterThan(0);
    const stored = await Promise.all(webapps.map(({ pool }) => pool.query('SELECT 1 FROM message')));
    expect(stored.reduce((sum, { rowCount }) => sum + (rowCount ?? 0), 0)).toBe(accepted.length);
  });

  it('are one for each endpoint; health is free; a stranger uses up none [rates.others] [rates.per_endpoint] [health.free] [faq.health_free]', async () => {
    const [webapp] = webapps as [TestWebapp];
    const token = await webapp.adminToken();
    for (let turn = 0; turn < 20; turn += 1) expect((await webapp.request('GET', '/v1/settings/application', { token: 'x' })).status).toBe(401);
    const statuses: number[] = [];
    for (let turn = 0; turn < 7; turn += 1) statuses.push((await webapp.request('GET', '/v1/settings/application', { token })).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 429]);
    expect((await webapp.request('GET', '/v1/account/shards', { token })).status).toBe(200);
    for (let turn = 0; turn < 20; turn += 1) expect((await webapp.request('GET', '/v1/health', { token })).status).toBe(200);
  });

  it('let everything pass while Redis is away, and count it', async () => {
    const [webapp] = webapps as [TestWebapp];
    const token = await webapp.adminToken();
    redisProxy.cut();
    const read = () => webapp.request('GET', '/v1/settings/application', { token });
    await expect.poll(async () => (await read()).status).toBe(200);
    const counted = await webapp.services.metrics.getSingleMetricAsString('multiconnect_rate_unchecked_total');
    expect(counted).toMatch(/multiconnect_rate_unchecked_total\{.*\} [1-9]/);
  });
});
