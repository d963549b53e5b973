import { slotOf } from '@multiconnect/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestWebapp, type TestWebapp } from './testing/webapp.ts';

const customer = '16315551001';
const hash = 'UKD6Y/5SqDU=';

let webapp: TestWebapp;
let token: string;
beforeAll(async () => {
  webapp = await startTestWebapp();
  token = await webapp.adminToken();
});
afterAll(() => webapp.close());
beforeEach(async () => {
  await webapp.pool.query('TRUNCATE identity, setting');
});

const path = `/v1/contacts/${customer}/identity`;
const read = () => webapp.request('GET', path, { token });
const acknowledge = (json: unknown) => webapp.request('PUT', path, { token, json });
const send = () => webapp.request('POST', '/v1/messages', { token, json: { to: customer, type: 'text', text: { body: 'hello' } } });
const change = (acknowledged = false) =>
  webapp.pool.query('INSERT INTO identity VALUES (1, $1, $2, $3, to_timestamp(1600132094.123), $4)', [slotOf(customer), customer, hash, acknowledged]);
const showChanges = () => webapp.request('PATCH', '/v1/settings/application', { token, json: { show_security_notifications: true } });

describe('GET /v1/contacts/{wa_id}/identity', () => {
  it('answers hash, time and acknowledgement in an object [identity.read] [identity.read.object] [identity.read.hash] [identity.read.created_timestamp] [identity.read.acknowledged]', async () => {
    await change(true);
    const { status, json } = await read();
    expect([status, json]).toEqual([200, { contacts: { hash, created_timestamp: 1_600_132_094_123, acknowledged: true }, meta: expect.anything() as object }]);
  });

  it('answers 404 for a customer without an identity, and for what is no number [identity.read.unknown]', async () => {
    for (const waId of [customer, 'nobody', '0', '%00']) {
      const { status, json } = await webapp.request('GET', `/v1/contacts/${waId}/identity`, { token });
      expect([status, json.errors]).toEqual([404, [{ code: 1006, title: 'Resource not found', details: 'unknown contact' }]]);
    }
  });

  it('answers 1011 before there is a number [identity.read]', async () => {
    const unregistered = await startTestWebapp({ registered: false });
    const answer = await unregistered.request('GET', path, { token: await unregistered.adminToken() });
    expect([answer.status, answer.json.errors?.[0]]).toMatchObject([503, { code: 1011 }]);
    await unregistered.close();
  });
});

describe('PUT /v1/contacts/{wa_id}/identity', () => {
  it('acknowledges the identity by its hash, again and again [identity.acknowledge]', async () => {
    await change();
    expect((await acknowledge({ hash })).status).toBe(200);
    expect((await acknowledge({ hash })).status).toBe(200);
    expect((await read()).json).toMatchObject({ contacts: { acknowledged: true } });
  });

  it('refuses another hash with 1009, and changes nothing [identity.acknowledge.wrong_hash]', async () => {
    await change();
    for (const wrong of ['AAAAAAAAAAA=', 'short', 7]) {
      const { status, json } = await acknowledge({ hash: wrong });
      expect([status, json.errors]).toEqual([400, [{ code: 1009, title: 'Parameter value is not valid', details: 'hash' }]]);
    }
    expect((await acknowledge({})).json.errors).toMatchObject([{ code: 1008 }]);
    expect((await read()).json).toMatchObject({ contacts: { acknowledged: false } });
  });

  it('answers 404 for a customer without an identity', async () => {
    expect((await acknowledge({ hash })).status).toBe(404);
  });
});

describe('a message to a customer whose identity has changed', () => {
  it('is refused with 1028 until it is acknowledged, where security notifications are on [identity.blocked] [error.1028]', async () => {
    await change();
    expect((await send()).status).toBe(201);
    await showChanges();
    const { status, json } = await send();
    expect([status, json.errors]).toEqual([412, [{ code: 1028, title: 'user_identity_changed needs acknowledgement' }]]);
    await acknowledge({ hash });
    expect((await send()).status).toBe(201);
  });
});
