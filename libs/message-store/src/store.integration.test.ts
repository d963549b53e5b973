import { randomBytes } from 'node:crypto';
import { createTestDatabase } from '@multiconnect/local/testing';
import { createSeal } from '@multiconnect/vault';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Fenced, type MessageStore, openMessageStore, type Received, type ShardTenure, stanzaHashOf, StoreUnusable } from './index.ts';
import { connectionOf, openTestStore, type TestStore } from './testing/test-store.ts';

const account = 1;
const slot = 7;
const customer = '16315551001';
const tenure: ShardTenure = { account, shard: 0, epoch: 3 };
const stale: ShardTenure = { ...tenure, epoch: 2 };
const everyStatus = ['sent', 'delivered', 'read'] as const;

let opened: TestStore;
let admin: pg.Pool;
let store: MessageStore;
let ids = 0;

beforeAll(async () => {
  opened = await openTestStore();
  ({ store, admin } = opened);
});
afterAll(() => opened.close());
beforeEach(async () => {
  await admin.query('TRUNCATE message, ciphertext, signal_session, device_list, prekey, inbox, callback, shard');
  await admin.query('INSERT INTO shard (account, shard, owner, epoch) VALUES ($1, 0, $2, 3)', [account, 'me']);
});

const accept = async (more: object = {}) => {
  ids += 1;
  const id = `gBGG-${String(ids).padStart(6, '0')}`;
  return store.acceptance.accept({ account, id, customer, slot, type: 'text', body: { text: { body: `text ${ids}` } }, ...more });
};

const encryptAll = async () => {
  const rows = await store.outbox.accepted(account, [slot], 100);
  const messages = rows.map((row) => ({ id: row.id, seq: row.seq, slot: row.slot, stanza: `<message id='${row.id}'/>` }));
  await store.outbox.encrypted(tenure, { messages, sessions: [], deviceLists: [] });
  return messages;
};

const statusesOf = async (id: string) => {
  const due = await store.callbacks.due(tenure, [slot], 0, 100);
  return due.flatMap(({ event }) => (event.kind === 'status_change' && event.id === id ? [event.status] : []));
};

const nothingReceived: Received = {
  ...{ taken: [], messages: [], sessions: [], usedPreKeys: [], deviceLists: [] },
  ...{ changes: [], failures: [], answered: [], statuses: [], changedNumbers: [] },
};

describe('acceptance', () => {
  it('gives messages accepted one after another growing places in the outbox', async () => {
    const accepted = [];
    for (let i = 0; i < 20; i++) accepted.push((await accept()).id);
    expect((await store.outbox.accepted(account, [slot], 100)).map((row) => row.id)).toEqual(accepted);
  });

  it('answers a repeated idempotency key with the first message, also within one insert', async () => {
    const [first, second] = await Promise.all([accept({ idempotencyKey: 'k' }), accept({ idempotencyKey: 'k' })]);
    const third = await accept({ idempotencyKey: 'k' });
    expect(new Set([first.id, second.id, third.id]).size).toBe(1);
    expect([first, second, third].filter((one) => one.isNew)).toHaveLength(1);
    expect(await store.outbox.accepted(account, [slot], 100)).toHaveLength(1);
  });
});

describe('an owner that has lost its shard', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['encrypts', () => store.outbox.encrypted(stale, { messages: [{ id: 'x', seq: 1, slot, stanza: '<x/>' }], sessions: [], deviceLists: [] })],
    ['acknowledges', () => store.outbox.acknowledged(stale, [{ id: 'x', state: 'sent', atMs: 1 }], everyStatus)],
    ['fails a message', () => store.outbox.failed(stale, [{ id: 'x', error: { code: 1, title: 't' }, atMs: 1 }])],
    ['parks', () => store.outbox.parked(stale, [{ id: 'x', retryAtMs: 1, attempts: 1 }])],
    ['unparks', () => store.outbox.unpark(stale, [slot], 1)],
    ['receives', () => store.inbox.store(stale, [{ customer, slot, stanzaId: 'a', stanzaHash: stanzaHashOf('a'), stanza: '<a/>' }])],
    ['takes', () => store.inbox.take(stale, { ...nothingReceived, taken: [1] }, everyStatus)],
    ['takes receipts', () => store.inbox.take(stale, { ...nothingReceived, taken: [1], changes: [{ id: 'x', state: 'read', atMs: 1 }] }, everyStatus)],
    ['drops a callback', () => store.callbacks.delivered(stale, [1])],
    ['postpones a callback', () => store.callbacks.postponed(stale, 1, 1, 1)],
    ['buries a callback', () => store.callbacks.buried(stale, 1, 'why')],
    ['replenishes prekeys', () => store.preKeys.replenish(stale, [{ kind: 'one-time', id: 1, publicKey: randomBytes(33), privateKey: randomBytes(32) }], 0)],
  ])('touches nothing when it %s', async (_what, write) => {
    await accept();
    const before = await admin.query('SELECT (SELECT json_agg(m) FROM message m) m, (SELECT count(*) FROM inbox) i, (SELECT count(*) FROM ciphertext) c, (SELECT count(*) FROM prekey) p');
    await expect(write()).rejects.toBeInstanceOf(Fenced);
    const after = await admin.query('SELECT (SELECT json_agg(m) FROM message m) m, (SELECT count(*) FROM inbox) i, (SELECT count(*) FROM ciphertext) c, (SELECT count(*) FROM prekey) p');
    expect(after.rows).toEqual(before.rows);
  });

  it('makes the change of owner wait for a transaction that is under way', async () => {
    const client = await admin.connect();
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM shard WHERE account = 1 AND shard = 0 AND epoch = 3 FOR SHARE');
    const change = admin.query('UPDATE shard SET epoch = 4 WHERE account = 1 AND shard = 0');
    const early = await Promise.race([change.then(() => 'changed'), admin.query('SELECT pg_sleep(0.1)').then(() => 'waits')]);
    await client.query('COMMIT');
    client.release();
    await change;
    expect(early).toBe('waits');
    await expect(store.outbox.acknowledged(tenure, [], everyStatus)).rejects.toBeInstanceOf(Fenced);
  });
});

describe('the outbox', () => {
  it('hands a committed ciphertext out again, unchanged and in order, until it is acknowledged', async () => {
    await accept();
    await accept();
    const messages = await encryptAll();
    expect(await store.outbox.accepted(account, [slot], 100)).toEqual([]);
    expect(await store.outbox.unacknowledged(account, [slot], -1, 10)).toEqual(messages.map(({ id, seq, stanza }) => ({ id, seq, stanza })));
    await store.outbox.acknowledged(tenure, [{ id: messages[0]?.id ?? '', state: 'sent', atMs: 5_000 }], everyStatus);
    expect(await store.outbox.unacknowledged(account, [slot], -1, 10)).toHaveLength(1);
  });

  it('reports every status once and in order, also those that were skipped', async () => {
    const { id } = await accept();
    await encryptAll();
    await store.inbox.take(tenure, { ...nothingReceived, changes: [{ id, state: 'read', atMs: 9_000 }] }, everyStatus);
    await store.outbox.acknowledged(tenure, [{ id, state: 'sent', atMs: 10_000 }], everyStatus);
    await store.inbox.take(tenure, { ...nothingReceived, changes: [{ id, state: 'delivered', atMs: 11_000 }] }, everyStatus);
    expect(await statusesOf(id)).toEqual(['sent', 'delivered', 'read']);
  });

  it('reports only the statuses that are switched on', async () => {
    const { id } = await accept();
    await encryptAll();
    await store.outbox.acknowledged(tenure, [{ id, state: 'delivered', atMs: 1 }], ['delivered']);
    expect(await statusesOf(id)).toEqual(['delivered']);
  });

  it('fails what was not delivered, and leaves what was', async () => {
    const [failing, delivered] = [await accept(), await accept()];
    await encryptAll();
    await store.outbox.acknowledged(tenure, [{ id: delivered.id, state: 'delivered', atMs: 1 }], []);
    const error = { code: 1013, title: 'User is not valid' };
    await store.outbox.failed(tenure, [failing, delivered].map(({ id }) => ({ id, error, atMs: 2_000 })));
    expect(await statusesOf(failing.id)).toEqual(['failed']);
    expect(await statusesOf(delivered.id)).toEqual([]);
  });

  it('keeps parked messages out of the way until their time has come', async () => {
    const { id } = await accept();
    await store.outbox.parked(tenure, [{ id, retryAtMs: 5_000, attempts: 1 }]);
    expect(await store.outbox.accepted(account, [slot], 10)).toEqual([]);
    expect(await store.outbox.parkedCustomers(account, [slot])).toEqual([{ customer, retryAtMs: 5_000 }]);
    expect(await store.outbox.unpark(tenure, [slot], 4_999)).toEqual([]);
    expect(await store.outbox.unpark(tenure, [slot], 5_000)).toEqual([customer]);
    expect(await store.outbox.accepted(account, [slot], 10)).toMatchObject([{ id, attempts: 1 }]);
  });

  it('lets go of a stanza that is no message, such as a fresh session, when the server has it and at no word of a customer', async () => {
    const fresh = { id: 'gBGG-fresh-session', seq: 0, slot, stanza: '<message/>' };
    await store.outbox.encrypted(tenure, { messages: [fresh], sessions: [], deviceLists: [] });
    const change = { id: fresh.id, state: 'delivered', atMs: 5_000 } as const;
    await store.inbox.take(tenure, { ...nothingReceived, changes: [{ ...change, customer }] }, everyStatus);
    expect(await store.outbox.unacknowledged(account, [slot], -1, 10)).toHaveLength(1);
    await store.outbox.acknowledged(tenure, [{ ...change, state: 'sent' }], everyStatus);
    expect(await store.outbox.unacknowledged(account, [slot], -1, 10)).toEqual([]);
  });

  it('drops a message with its delivery under pass_through, but one whose key must still tell a repeated request [settings.pass_through]', async () => {
    const [passing, keyed] = [await accept(), await accept({ idempotencyKey: 'order-9' })];
    await encryptAll();
    await store.settings.write(account, { pass_through: true });
    const changes = [passing, keyed].map(({ id }) => ({ id, state: 'delivered' as const, atMs: 5_000 }));
    await store.outbox.acknowledged(tenure, changes, ['sent', 'delivered']);
    await store.outbox.acknowledged(tenure, [...changes, { id: passing.id, state: 'read', atMs: 6_000 }], everyStatus);
    await store.settings.clear(account);
    const { rows } = await admin.query<{ id: string }>('SELECT id FROM message WHERE id = ANY ($1)', [[passing.id, keyed.id]]);
    expect(rows.map(({ id }) => id)).toEqual([keyed.id]);
    expect(await statusesOf(passing.id)).toEqual(['sent', 'delivered']);
    expect(await store.outbox.unacknowledged(account, [slot], -1, 10)).toEqual([]);
  });

  it('carries the trace of a message to each of its statuses', async () => {
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { id } = await accept({ trace });
    await encryptAll();
    const moved = await store.outbox.acknowledged(tenure, [{ id, state: 'sent', atMs: 1 }], everyStatus);
    expect(moved).toEqual([{ id, state: 'sent', trace }]);
    expect((await store.callbacks.due(tenure, [slot], 0, 10))[0]?.trace).toBe(trace);
  });
});

describe('the inbox', () => {
  const received = (stanzaId: string, content: string) => ({ customer, slot, stanzaId, stanzaHash: stanzaHashOf(content), stanza: `<message>${content}</message>` });

  it('stores a redelivered stanza once, and another one under a reused id beside it', async () => {
    await store.inbox.store(tenure, [received('1', 'a')]);
    await store.inbox.store(tenure, [received('1', 'a'), received('1', 'b')]);
    expect((await store.inbox.next(account, [slot], 0, 10)).map((row) => row.stanza)).toEqual(['<message>a</message>', '<message>b</message>']);
  });

  it('turns a stanza into ratchet, message and callback at once, and a message that came before into nothing', async () => {
    await store.inbox.store(tenure, [received('1', 'a')]);
    const [row] = await store.inbox.next(account, [slot], 0, 10);
    const event = { kind: 'inbound_message', id: 'ABGG-1', from: customer, timestamp: 1, content: { type: 'text', text: { body: 'hi' } } } as const;
    const message = { customer, slot, event, body: { text: { body: 'hi' }, stanza_id: '1' } };
    const change = {
      ...nothingReceived,
      taken: [row?.seq ?? 0],
      messages: [message],
      sessions: [{ customer, slot, deviceId: 77, record: 'ratchet' }],
      deviceLists: [{ customer, slot, devices: [77, 4294967295], fetchedAtMs: 1_000 }],
    };
    await store.inbox.take(tenure, change, everyStatus);
    await store.inbox.take(tenure, { ...nothingReceived, messages: [message] }, everyStatus);
    expect(await store.inbox.next(account, [slot], 0, 10)).toEqual([]);
    expect((await store.callbacks.due(tenure, [slot], 0, 10)).map((callback) => callback.event)).toEqual([event]);
    expect(await store.ratchets.load(account, [{ customer, slot }])).toEqual([
      { customer, heardAtMs: 1_000, list: { customer, devices: [77, 4294967295], fetchedAtMs: 1_000 }, sessions: [{ customer, deviceId: 77, record: 'ratchet' }] },
    ]);
  });

  it('takes a text with characters that the database cannot read, and the read marker for it leaves', async () => {
    await store.inbox.store(tenure, [received('s1', 'h1')]);
    const [row] = await store.inbox.next(account, [slot], 0, 10);
    const content = { type: 'text', text: { body: 'a\u0000b \ud800' } } as const;
    const event = { kind: 'inbound_message', id: 'ABGG-nul', from: customer, timestamp: 1, content } as const;
    const messages = [{ customer, slot, event, body: content }];
    await store.inbox.take(tenure, { ...nothingReceived, taken: [row?.seq ?? 0], messages }, everyStatus);
    await store.acceptance.markRead(account, 'ABGG-nul');
    const [marker] = await encryptAll();
    await store.outbox.acknowledged(tenure, [{ id: marker?.id ?? '', state: 'sent', atMs: 1 }], everyStatus);
    expect(await store.outbox.unacknowledged(account, [slot], 0, 10)).toEqual([]);
    const [callback] = await store.callbacks.due(tenure, [slot], 0, 10);
    expect(callback?.event).toMatchObject({ content: { text: { body: 'a\ufffdb \ufffd' } } });
  });

  it('sends one read marker for an inbound message that is marked read twice', async () => {
    const event = { kind: 'inbound_message', id: 'ABGG-2', from: customer, timestamp: 1, content: { type: 'text', text: { body: 'hi' } } } as const;
    await store.inbox.take(tenure, { ...nothingReceived, messages: [{ customer, slot, event, body: { stanza_id: 's1' } }] }, everyStatus);
    expect(await store.acceptance.markRead(account, 'ABGG-2')).toMatchObject({ customer, slot });
    expect(await store.acceptance.markRead(account, 'ABGG-2')).toMatchObject({ customer, slot });
    expect(await store.acceptance.markRead(account, 'ABGG-none')).toBeUndefined();
    expect(await store.outbox.accepted(account, [slot], 10)).toMatchObject([{ type: 'read-marker', body: { stanza_id: 's1' } }]);
  });
});

describe('secrets', () => {
  it('stand sealed in the database: identity, prekeys, ratchets and chat password [faq.keys_in_database]', async () => {
    const privateKey = Buffer.alloc(32, 0xab);
    await store.accounts.codeRequested(account, { countryCode: '1', phoneNumber: '6315550000', certificate: 'c', verifiedName: 'n' });
    const identity = { deviceId: 5, registrationId: 6, identityPublicKey: randomBytes(33), identityPrivateKey: privateKey };
    await store.accounts.registered(account, { jid: '+16315550000@chat.test', password: 'open sesame' }, identity);
    await store.preKeys.replenish(tenure, [{ kind: 'one-time', id: 1, publicKey: randomBytes(33), privateKey }], 0);
    await store.outbox.encrypted(tenure, { messages: [], deviceLists: [], sessions: [{ customer, slot, deviceId: 1, record: 'secret ratchet' }] });
    const { rows } = await admin.query<{ text: string }>(
      `SELECT (SELECT json_agg(a)::text FROM account a) || (SELECT json_agg(p)::text FROM prekey p) || (SELECT json_agg(s)::text FROM signal_session s) AS text`,
    );
    for (const secret of [privateKey.toString('hex'), Buffer.from('open sesame').toString('hex'), Buffer.from('secret ratchet').toString('hex')])
      expect(rows[0]?.text).not.toContain(secret);
    expect((await store.accounts.read(account)).identity?.identityPrivateKey).toEqual(privateKey);
    expect((await store.preKeys.find(account, 'one-time', [1]))[0]?.privateKey).toEqual(privateKey);
  });

  it('keep the first device identity when the number is registered again', async () => {
    const before = (await store.accounts.read(account)).identity;
    const other = { deviceId: 9, registrationId: 9, identityPublicKey: randomBytes(33), identityPrivateKey: randomBytes(32) };
    await store.accounts.registered(account, { jid: '+16315550000@chat.test', password: 'another' }, other);
    const after = await store.accounts.read(account);
    expect(after.identity).toEqual(before);
    expect(after.chat?.password).toBe('another');
  });
});

describe('the schema', () => {
  it('is brought up by many processes at once without a fight, and is found usable', async () => {
    const stores = [opened.open(), opened.open(), opened.open()];
    await Promise.all(stores.map((one) => one.migrate()));
    await Promise.all(stores.map((one) => one.check()));
    await Promise.all(stores.map((one) => one.close()));
  });

  it('leaves tables of others alone and is made beside them [faq.database_shared]', async () => {
    const shared = await createTestDatabase();
    const theirs = new pg.Client({ connectionString: shared.url });
    await theirs.connect();
    await theirs.query(`CREATE TABLE invoice (id int PRIMARY KEY); INSERT INTO invoice VALUES (7)`);
    const other = openMessageStore({ connection: connectionOf(shared.url), seal: createSeal(randomBytes(32)), maxConnections: 1, applicationName: 'x', onConnectionLost: () => undefined });
    await other.migrate();
    await other.check();
    expect((await theirs.query('SELECT id FROM invoice')).rows).toEqual([{ id: 7 }]);
    await other.close();
    await theirs.end();
    await shared.drop();
  });

  it('is refused with its reason when it is missing', async () => {
    const empty = await createTestDatabase();
    const other = openMessageStore({ connection: connectionOf(empty.url), seal: createSeal(randomBytes(32)), maxConnections: 1, applicationName: 'x', onConnectionLost: () => undefined });
    await expect(other.check()).rejects.toThrow(/^Unable to initialize config store: the database has no schema yet/);
    await other.close();
    await empty.drop();
    await expect(other.check()).rejects.toBeInstanceOf(StoreUnusable);
  });

  it('is refused with its reason to a user without rights', async () => {
    await admin.query(`DO $$ BEGIN CREATE ROLE store_guest LOGIN PASSWORD '?{}&~!()^=@/:'; EXCEPTION WHEN duplicate_object THEN NULL; END $$`);
    await admin.query('GRANT SELECT ON schema_migration TO store_guest');
    const connection = { ...opened.connection, user: 'store_guest', password: '?{}&~!()^=@/:' };
    const guest = openMessageStore({ connection, seal: createSeal(randomBytes(32)), maxConnections: 1, applicationName: 'x', onConnectionLost: () => undefined });
    await expect(guest.check()).rejects.toThrow(/^Unable to initialize config store: the database user may not write messages/);
    await expect(guest.migrate()).rejects.toThrow(/^Unable to initialize config store: the database user may not create tables/);
    await guest.close();
    await admin.query('REVOKE ALL ON schema_migration FROM store_guest');
    await admin.query('DROP ROLE store_guest');
  });
});
