import { shardOfSlot, slotOf } from '@multiconnect/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TestWebapp } from './testing/webapp.ts';
import { ownNumber, startTestWebapp } from './testing/webapp.ts';

let webapp: TestWebapp;
let token: string;
const to = '16315551001';
const message = { to, type: 'text', text: { body: 'hello' } };

beforeAll(async () => {
  webapp = await startTestWebapp();
  token = await webapp.adminToken();
});
afterAll(() => webapp.close());
beforeEach(() => {
  webapp.wakes.length = 0;
});

const post = (json: unknown, headers: Record<string, string> = {}) => webapp.request('POST', '/v1/messages', { token, json, headers });

interface Row {
  readonly id: string;
  readonly customer: string;
  readonly slot: number;
  readonly type: string;
  readonly body: object;
  readonly state: number;
  readonly trace: string | null;
}

async function rowsOf(ids: readonly string[]): Promise<Row[]> {
  const { rows } = await webapp.pool.query<Row>('SELECT * FROM message WHERE id = ANY ($1) ORDER BY seq', [ids]);
  return rows;
}

const idOf = (json: unknown) => (json as { messages: [{ id: string }] }).messages[0].id;

describe('POST /v1/messages', () => {
  it('answers 201 with the id of a row that is committed, and hints at the shard after that [messages.send] [messages.send.id] [messages.send.contacts] [messages.send.wa_id] [messages.send.durable] [send.to.plus] [send.text.preview_url]', async () => {
    const answer = await post({ ...message, to: `+${to}`, preview_url: true, biz_opaque_callback_data: 'order 7' });
    expect(answer.status).toBe(201);
    const id = idOf(answer.json);
    expect(id).toMatch(/^gBGG[\w-]{23}$/);
    expect(answer.json).toEqual({
      contacts: [{ input: `+${to}`, wa_id: to }],
      messages: [{ id }],
      meta: { version: '2.57.2', api_status: 'stable' },
    });
    const [row] = await rowsOf([id]);
    expect(row).toMatchObject({ customer: to, slot: slotOf(to), type: 'text', state: 0, body: { to, text: { body: 'hello' }, preview_url: true, biz_opaque_callback_data: 'order 7' } });
    expect(webapp.wakes).toEqual([{ account: 1, shard: shardOfSlot(slotOf(to), 4), ids: [id] }]);
  });

  it('keeps the order of one caller and gives every message its own id', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 20; count += 1) ids.push(idOf((await post({ ...message, text: { body: String(count) } })).json));
    const rows = await rowsOf(ids);
    expect(rows.map(({ id }) => id)).toEqual(ids);
    expect(new Set(ids).size).toBe(20);
  });

  it('stores the trace it is part of', async () => {
    const trace = `${'a'.repeat(32)}-${'b'.repeat(16)}`;
    const [row] = await rowsOf([idOf((await post(message, { traceparent: `00-${trace}-01` })).json)]);
    expect(row?.trace).toMatch(new RegExp(`^00-${'a'.repeat(32)}-[0-9a-f]{16}-01$`));
    expect((await post(message, { traceparent: 'nonsense' })).status).toBe(201);
  });

  it('answers a repeated Idempotency-Key with the first message, also when both come at once [messages.send.idempotent]', async () => {
    const headers = { 'idempotency-key': 'order-1' };
    const answers = await Promise.all([post(message, headers), post(message, headers), post(message, headers)]);
    const ids = new Set([...answers, await post(message, headers)].map(({ json }) => idOf(json)));
    expect(ids.size).toBe(1);
    expect(webapp.wakes).toHaveLength(1);
    const other = await post({ ...message, to: '16315551002' }, headers);
    expect([other.status, other.json.errors]).toEqual([400, [{ code: 1009, title: 'Parameter value is not valid', details: 'Idempotency-Key was used for another recipient' }]]);
  });

  it('takes the longest text, however it is encoded [send.text.body] [send.biz_opaque_callback_data.limit] [send.type] [http.trailing_slash] [http.json_type]', async () => {
    expect((await post({ ...message, text: { body: 'x'.repeat(4096) } })).status).toBe(201);
    expect((await post({ ...message, text: { body: '😀'.repeat(4096) } })).status).toBe(201);
    expect((await post({ ...message, biz_opaque_callback_data: 'x'.repeat(512) })).status).toBe(201);
    const escaped = `{"to":"${to}","text":{"body":"caf\\u00e9"}}`;
    const answer = await webapp.request('POST', '/v1/messages/', { token, raw: escaped, headers: { 'content-type': 'application/json; charset=utf-8' } });
    expect((await rowsOf([idOf(answer.json)]))[0]?.body).toMatchObject({ text: { body: 'café' } });
  });

  const cases: readonly (readonly [unknown, number, number, string?])[] = [
    [{ ...message, text: { body: 'x'.repeat(4097) } }, 400, 1001, '[send.text.body.too_long] [error.1001]'],
    [{ ...message, recipient_type: 'group' }, 400, 1002, '[send.recipient_type.group] [error.1002]'],
    [{ ...message, to: ownNumber }, 400, 1021, '[error.1021]'],
    [{ ...message, to: `+${ownNumber}` }, 400, 1021],
    [undefined, 400, 1008, '[error.1008]'],
    [{}, 400, 1008],
    [{ to }, 400, 1008],
    [{ to, text: {} }, 400, 1008],
    [{ text: { body: 'x' } }, 400, 1008],
    [null, 400, 1009],
    [[message], 400, 1009],
    ['text', 400, 1009],
    [{ ...message, to: 16315551001 }, 400, 1009],
    [{ ...message, to: 'somebody' }, 400, 1009, '[send.to] [error.1009]'],
    [{ ...message, to: '1e400' }, 400, 1009],
    [{ ...message, text: { body: '' } }, 400, 1009, '[send.text.body]'],
    [{ ...message, text: { body: 1 } }, 400, 1009],
    [{ ...message, text: { body: 'nul \u0000' } }, 400, 1009],
    [{ ...message, text: { body: 'half \ud800' } }, 400, 1009],
    [{ ...message, text: 'hello' }, 400, 1009],
    [{ ...message, type: 'carrier-pigeon' }, 400, 1009, '[send.type.unknown]'],
    [{ ...message, recipient_type: 7 }, 400, 1009],
    [{ ...message, biz_opaque_callback_data: 'x'.repeat(513) }, 400, 1009, '[send.biz_opaque_callback_data.limit]'],
    [{ ...message, messaging_product: 'whatsapp' }, 400, 1010, '[send.messaging_product] [http.unknown_field] [error.1010]'],
    [{ ...message, text: { body: 'x', extra: 1 } }, 400, 1010],
  ];
  it.each(cases.map(([json, status, code, rows = '']) => [json, status, code, rows] as const))('refuses %j with %i/%i and stores nothing %s', async (json, status, code, _rows) => {
    const before = await webapp.stateDigest();
    const answer = await post(json);
    expect([answer.status, answer.json.errors?.[0]?.code]).toEqual([status, code]);
    expect(answer.json.meta).toEqual({ version: '2.57.2', api_status: 'stable' });
    expect(await webapp.stateDigest()).toBe(before);
    expect(webapp.wakes).toEqual([]);
  });

  it('refuses an Idempotency-Key that is empty or too long', async () => {
    for (const key of ['', 'k'.repeat(256)]) expect((await post(message, { 'idempotency-key': key })).json.errors?.[0]?.code).toBe(1009);
    expect((await post(message, { 'idempotency-key': 'k'.repeat(255) })).status).toBe(201);
  });
});

describe('PUT /v1/messages/{id}', () => {
  const put = (id: string, json: unknown) => webapp.request('PUT', `/v1/messages/${id}`, { token, json });

  it('marks a message from a customer read, and as often as asked [messages.mark_read] [http.empty_success]', async () => {
    await webapp.pool.query(`INSERT INTO message (account, id, customer, slot, type, body, state) VALUES (1, 'ABGGinbound', $1, $2, 'text', '{}', 10)`, [to, slotOf(to)]);
    const answers = [await put('ABGGinbound', { status: 'read' }), await put('ABGGinbound', { status: 'read' })];
    expect(answers.map(({ status, json }) => [status, json])).toEqual(answers.map(() => [200, { meta: { version: '2.57.2', api_status: 'stable' } }]));
    expect((await rowsOf(['ABGGinbound']))[0]?.state).toBe(11);
    expect(webapp.wakes[0]).toMatchObject({ account: 1, shard: shardOfSlot(slotOf(to), 4) });
  });

  it.each([
    ['gBGGunknown', { status: 'read' }, 404, 1006, '[messages.mark_read.unknown] [error.1006]'],
    ['%00', { status: 'read' }, 404, 1006, ''],
    ["x'--", { status: 'read' }, 404, 1006, ''],
    ['x'.repeat(600), { status: 'read' }, 404, 1014, ''],
    ['ABGGinbound', { status: 'delivered' }, 400, 1009, '[messages.mark_read.status]'],
    ['ABGGinbound', {}, 400, 1008, ''],
    ['ABGGinbound', { status: 'read', x: 1 }, 400, 1010, ''],
  ])('refuses %s with %j: %i/%i %s', async (id, json, status, code, _rows) => {
    const before = await webapp.stateDigest();
    const answer = await put(id, json);
    expect([answer.status, answer.json.errors?.[0]?.code]).toEqual([status, code]);
    expect(await webapp.stateDigest()).toBe(before);
  });

  it.each(['GET', 'DELETE'])('a message cannot be had by %s [messages.no_list] [http.wrong_method]', async (method) => {
    const one = await webapp.request(method, '/v1/messages/ABGGinbound', { token });
    expect([one.status, one.headers['allow'], one.json.errors?.[0]?.code]).toEqual([405, 'PUT', 1014]);
    expect((await webapp.request(method, '/v1/messages', { token })).status).toBe(405);
  });

  it('does not mark a message of the business itself', async () => {
    const id = idOf((await post(message)).json);
    expect((await put(id, { status: 'read' })).status).toBe(404);
  });
});

describe('before registration', () => {
  it('messages and contacts are answered 1011 with Retry-After, and pass within a second of it [error.1011] [http.header.retry_after] [faq.not_initialized]', async () => {
    const fresh = await startTestWebapp({ registered: false });
    try {
      const freshToken = await fresh.adminToken();
      for (const [path, json] of [
        ['/v1/messages', message],
        ['/v1/contacts', { contacts: ['+16315551001'] }],
      ] as const) {
        const answer = await fresh.request('POST', path, { token: freshToken, json });
        expect([answer.status, answer.json.errors?.[0]]).toEqual([503, { code: 1011, title: 'Service not ready', details: 'The number is not registered yet' }]);
        expect(answer.headers['retry-after']).toBe('1');
      }
      await fresh.register();
      await expect.poll(async () => (await fresh.request('POST', '/v1/messages', { token: freshToken, json: message })).status, { timeout: 10_000 }).toBe(201);
    } finally {
      await fresh.close();
    }
  });
});
