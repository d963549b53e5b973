import { randomUUID } from 'node:crypto';
import { connectRedis } from '@multiconnect/queue';
import { createRedisTokens } from '@multiconnect/rate-limit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownNamespace, startTestWebapp, type TestWebapp } from './testing/webapp.ts';

const to = '16315551001';
const perMinute = 4;

let webapps: readonly TestWebapp[];
let tokens: readonly string[];
let close: () => Promise<void>;

/** Two webapps with databases of their own, as they share nothing here but Redis. */
beforeAll(async () => {
  const redis = connectRedis(process.env['TEST_REDIS_URL'] ?? '', 'fail', () => undefined);
  const redisTokens = createRedisTokens(redis, `test-${randomUUID()}`);
  webapps = await Promise.all([startTestWebapp({ tokens: redisTokens }), startTestWebapp({ tokens: redisTokens })]);
  tokens = await Promise.all(webapps.map((webapp) => webapp.adminToken()));
  for (const { packs } of webapps) {
    packs.put(ownNamespace, 'en', ['one', 'other', 'third'].map((name) => ({ name, category: 'MARKETING', components: [{ type: 'BODY', text: 'Hello' }] })));
  }
  close = async () => {
    await Promise.all(webapps.map((webapp) => webapp.close()));
    redis.disconnect();
  };
});
afterAll(() => close());

const call = (index: number, method: string, path: string, json: object) =>
  (webapps[index % 2] as TestWebapp).request(method, path, { token: tokens[index % 2] as string, json });
const set = (json: object) => Promise.all([0, 1].map((index) => call(index, 'PATCH', '/v1/settings/application', json)));
const template = (name: string) => ({ to, type: 'template', template: { namespace: ownNamespace, name, language: { code: 'en', policy: 'deterministic' } } });
const post = (json: object, times: number) => Promise.all(Array.from({ length: times }, (_, index) => call(index, 'POST', '/v1/messages', json)));
const countOf = (answers: readonly { readonly status: number }[], status: number) => answers.filter((answer) => answer.status === status).length;

describe('templates', () => {
  it('are not paced unless the setting says so', async () => {
    expect(countOf(await post(template('one'), 3 * perMinute), 201)).toBe(3 * perMinute);
  });

  it('are paced each by itself over all webapps: what is too much is 471 with Retry-After, and is not accepted [error.471]', async () => {
    await set({ template_messages_per_minute: perMinute });
    const answers = await post(template('other'), 3 * perMinute);
    const accepted = countOf(answers, 201);
    expect(accepted).toBeGreaterThanOrEqual(perMinute - 1);
    expect(accepted).toBeLessThanOrEqual(perMinute + 1);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(3 * perMinute - accepted);
    expect(refused[0]?.json.errors).toEqual([{ code: 471, title: 'Spam rate limit hit', details: 'Too many messages of this template' }]);
    expect(Number(refused[0]?.headers['retry-after'])).toBeGreaterThan(0);
    expect(countOf(await post(template('third'), 1), 201)).toBe(1);
    expect(countOf(await post({ to, type: 'text', text: { body: 'hello' } }, 3 * perMinute), 201)).toBe(3 * perMinute);
  });

  it('keep their category beside what the phone shows', async () => {
    await set({ template_messages_per_minute: 0 });
    const [answer] = await post(template('one'), 1);
    const [message] = answer?.json['messages'] as [{ id: string }];
    const { rows } = await (webapps[0] as TestWebapp).pool.query<{ category: string; template: object }>(
      `SELECT body ->> 'category' AS category, body -> 'template' AS template FROM message WHERE id = $1`,
      [message.id],
    );
    expect(rows[0]?.category).toBe('marketing');
    expect(rows[0]?.template).not.toHaveProperty('category');
  });
});
