import { createFakeClock } from '@multiconnect/clock';
import { slotOf } from '@multiconnect/contract';
import { afterEach, describe, expect, it } from 'vitest';
import type { Overload } from './overload.ts';
import { createOverload } from './overload.ts';
import type { TestWebapp } from './testing/webapp.ts';
import { startTestWebapp } from './testing/webapp.ts';

const failOn = (error: unknown) => expect.fail(String(error));

let webapp: TestWebapp | undefined;
afterEach(async () => {
  await webapp?.close();
  webapp = undefined;
});

describe('overload', () => {
  it('refuses new messages with 503, 1016 and Retry-After while too many wait, and nothing else [rates.overloaded] [error.1016] [faq.queue_growth]', async () => {
    const clock = createFakeClock();
    const measure: { overload?: Overload } = {};
    webapp = await startTestWebapp({ overload: { isOverloaded: () => measure.overload?.isOverloaded() ?? false } });
    const { pool, request, store } = webapp;
    measure.overload = createOverload({ acceptance: store.acceptance, accountId: 1, maxBacklog: 2, clock, onError: failOn });
    const token = await webapp.adminToken();
    const to = '16315551001';
    const send = () => request('POST', '/v1/messages', { token, json: { to, text: { body: 'hello' } } });
    expect([(await send()).status, (await send()).status]).toEqual([201, 201]);

    const refused = async () => {
      await clock.advance(1000);
      return (await send()).status;
    };
    await expect.poll(refused).toBe(503);
    const answer = await send();
    expect(answer.json.errors).toEqual([{ code: 1016, title: 'System overloaded', details: 'Too many messages wait to be sent' }]);
    expect(answer.headers['retry-after']).toBe('5');
    expect((await request('PUT', '/v1/messages/ABGGx', { token, json: { status: 'read' } })).status).toBe(404);

    await pool.query(`UPDATE message SET state = 1 WHERE slot = $1`, [slotOf(to)]);
    await expect.poll(refused).toBe(201);
  });

  it('never refuses when there is no limit', () => {
    const acceptance = { backlog: () => Promise.reject(new Error('nobody asked')) };
    const overload = createOverload({ acceptance, accountId: 1, maxBacklog: undefined, clock: createFakeClock(), onError: failOn });
    expect(overload.isOverloaded()).toBe(false);
  });
});
