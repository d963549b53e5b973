import { slotOf } from '@multiconnect/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestWebapp } from './testing/webapp.ts';
import { startTestWebapp } from './testing/webapp.ts';

const customer = '16315551001';
const meta = { version: '2.57.2', api_status: 'stable' };
let webapp: TestWebapp;
let token: string;

beforeAll(async () => {
  webapp = await startTestWebapp();
  token = await webapp.adminToken();
});
afterAll(() => webapp.close());

const call = (method: 'GET' | 'POST' | 'DELETE', path: string, json?: object) =>
  webapp.request(method, path, { token, ...(json && { json }) });
const list = async (query = '') => ((await call('GET', `/v1/dead-letters${query}`)).json as { dead_letters: { id: string }[] }).dead_letters;

async function bury(eventId: string): Promise<string> {
  const { rows } = await webapp.pool.query<{ seq: string }>(
    `INSERT INTO callback (account, slot, customer, event_id, kind, body, attempts, dead_reason)
     VALUES (1, $1, $2, $3, 'status_change', '{"secret":"text"}', 3, 'http-500') RETURNING seq`,
    [slotOf(customer), customer, eventId],
  );
  return `callback-${rows[0]?.seq}`;
}

describe('dead letters', () => {
  it('are listed without their contents, the next ones after the last [deadletters.list]', async () => {
    const ids = [await bury('e1'), await bury('e2')];
    const answer = await call('GET', '/v1/dead-letters');
    const facts = { kind: 'callback', reason: 'http-500', wa_id: customer, attempts: 3, timestamp: expect.any(Number) as number };
    expect(answer.json).toEqual({ dead_letters: ids.map((id, index) => ({ id, about: `e${index + 1}`, ...facts })), meta });
    expect((await list(`?limit=1&after=${ids[0]}`)).map(({ id }) => id)).toEqual([ids[1]]);
    expect(await list('?kind=stanza')).toEqual([]);
  });

  it('are tried again one by one, or the oldest of a kind together [deadletters.replay] [deadletters.replay_oldest]', async () => {
    const id = await bury('e3');
    expect(await call('POST', `/v1/dead-letters/${id}/replay`)).toMatchObject({ status: 200, json: { meta } });
    expect((await call('POST', `/v1/dead-letters/${id}/replay`)).status).toBe(404);
    const left = (await list()).length;
    expect((await call('POST', '/v1/dead-letters/replay', { kind: 'callback' })).json).toEqual({ replayed: left, meta });
    expect(await list()).toEqual([]);
  });

  it('are dropped for good [deadletters.drop]', async () => {
    const id = await bury('e4');
    expect(await call('DELETE', `/v1/dead-letters/${id}`)).toMatchObject({ status: 200, json: { meta } });
    expect((await call('DELETE', `/v1/dead-letters/${id}`)).status).toBe(404);
  });

  it('that do not exist are not found, and a query that makes no sense is refused', async () => {
    for (const id of ['callback-999999', 'callback-0', 'letter-1', 'message-x']) expect((await call('DELETE', `/v1/dead-letters/${id}`)).status).toBe(404);
    for (const query of ['?kind=letter', '?limit=0', '?limit=1001', '?after=5']) expect((await call('GET', `/v1/dead-letters${query}`)).status).toBe(400);
  });

  it('are the admin’s [deadletters.admin]', async () => {
    await webapp.request('POST', '/v1/users', { token, json: { username: 'reader', password: 'Reader1Reader1!' } });
    const user = await webapp.tokenOf('reader', 'Reader1Reader1!');
    for (const [method, path] of [['GET', ''], ['POST', '/replay'], ['POST', '/callback-1/replay'], ['DELETE', '/callback-1']] as const) {
      expect((await webapp.request(method, `/v1/dead-letters${path}`, { token: user })).status).toBe(403);
    }
  });
});
