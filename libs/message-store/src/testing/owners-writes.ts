import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { MessageStore, Received, ShardTenure } from '../index.ts';

/** Of the rows that {@link layRows} lays. */
export const account = 1;
export const shard = 0;
const slot = 7;
const customer = '16315551001';
const everyStatus = ['sent', 'delivered', 'read'] as const;
const longAgo = new Date('2020-01-01').getTime();
const hash = (text: string) => Buffer.from(text.padEnd(32, '.'));

let lastId = 1;
const freshId = () => (lastId += 1);

const nothingReceived: Received = {
  ...{ taken: [], messages: [], sessions: [], usedPreKeys: [], deviceLists: [] },
  ...{ changes: [], failures: [], answered: [], statuses: [], changedNumbers: [] },
};

/** Rows of each kind that an owner's writes change. The shard's row is left alone. */
export async function layRows(admin: pg.Pool): Promise<void> {
  await admin.query(`
    TRUNCATE message, ciphertext, signal_session, device_list, prekey, inbox, callback, offered_choices, conversation, identity, contact, media, sticker, dead_stanza CASCADE;
    INSERT INTO message (account, id, customer, slot, type, body, state, retry_at, accepted_at)
    SELECT 1, id, '${customer}', ${slot}, 'text', '{"text":{"body":"hello"}}', state, retry_at, accepted_at FROM (VALUES
      ('accepted', 0, NULL::timestamptz, now()), ('parked', 0, '2020-01-01', now()), ('encrypted', 1, NULL, now()), ('sent', 2, NULL, now()),
      ('read', 4, NULL, '2020-01-01'), ('received', 10, NULL, now())) AS m (id, state, retry_at, accepted_at);
    INSERT INTO ciphertext (account, message_id, slot, seq, stanza) VALUES (1, 'encrypted', ${slot}, 3, '<message/>');
    INSERT INTO callback (account, seq, slot, customer, event_id, kind, body, held) OVERRIDING SYSTEM VALUE
    SELECT 1, seq, ${slot}, '${customer}', 'event-' || seq, 'status_change', '{}', held FROM (VALUES (1, NULL::bytea), (2, NULL), (3, NULL), (4, '\\x00')) AS c (seq, held);
    INSERT INTO inbox (account, seq, customer, slot, stanza_id, stanza_hash, stanza) OVERRIDING SYSTEM VALUE
    SELECT 1, seq, '${customer}', ${slot}, 'stanza-' || seq, '\\x00', '<message/>' FROM generate_series(1, 3) AS seq;
    INSERT INTO prekey (account, kind, id, public_key, private_key) VALUES (1, 'one-time', 1, '\\x00', '\\x00');
    INSERT INTO contact (account, wa_id, status) VALUES (1, '16315551002', 'valid');
    INSERT INTO offered_choices (account, slot, customer, message_id, choices) VALUES (1, ${slot}, '${customer}', 'sent', '[]');
    INSERT INTO media (account, id, direction, mime_type, size_bytes, sha256, used_at) VALUES (1, gen_random_uuid(), 'incoming', 'text/plain', 1, '\\x00', '2020-01-01');
  `);
  await admin.query(`SELECT setval(pg_get_serial_sequence('callback', 'seq'), 100), setval(pg_get_serial_sequence('inbox', 'seq'), 100)`);
}

export type OwnersWrite = (store: MessageStore, tenure: ShardTenure) => Promise<unknown>;

const session = { customer, slot, deviceId: 1, record: 'a record' };
const list = { customer, slot, devices: [1], fetchedAtMs: 1 };
const identity = { customer, slot, hash: 'a hash', createdAtMs: 1, isAcknowledged: true };
const event = { kind: 'inbound_message', id: 'new', from: customer, timestamp: 1, content: { type: 'text', text: { body: 'hello' } } } as unknown as Received['messages'][number]['event'];

/** One write through the store for each statement by which an owner writes, by the statement's name. Each changes rows of {@link layRows}. */
export const ownersWrites: Readonly<Record<string, OwnersWrite>> = {
  'advance-states': (store, tenure) => store.outbox.acknowledged(tenure, [{ id: 'encrypted', state: 'sent', atMs: 1_000 }], everyStatus),
  'callbacks-buried': (store, tenure) => store.callbacks.buried(tenure, 1, 'a reason'),
  'callbacks-delivered': (store, tenure) => store.callbacks.delivered(tenure, [2]),
  'callbacks-postponed': (store, tenure) => store.callbacks.postponed(tenure, 3, 1, 1_000),
  'callbacks-release': (store, tenure) => store.heldCallbacks.release(tenure, 4, event),
  'fail-messages': (store, tenure) => store.outbox.failed(tenure, [{ id: 'sent', error: { code: 1, title: 'a title' }, atMs: 1_000 }]),
  'inbox-bury': (store, tenure) => store.inbox.take(tenure, { ...nothingReceived, taken: [2], buried: [{ seq: 2, reason: 'a reason' }] }, everyStatus),
  'inbox-notices': (store, tenure) =>
    store.inbox.take(tenure, { ...nothingReceived, changedNumbers: [{ customer, newWaId: '16315551002' }] }, everyStatus),
  'inbox-store': (store, tenure) => store.inbox.store(tenure, [{ customer, slot, stanzaId: 'new', stanzaHash: hash('new'), stanza: '<message/>' }]),
  'inbox-take': (store, tenure) => {
    const messages = [{ customer, slot, event, body: { text: { body: 'hello' } } }];
    const changes = [{ id: 'sent', state: 'read', atMs: 1_000, customer }] as const;
    const answered = [{ customer, slot, messageId: 'sent' }];
    return store.inbox.take(
      tenure,
      { ...nothingReceived, taken: [1], messages, sessions: [session], usedPreKeys: [1], deviceLists: [list], identities: [identity], changes, answered },
      everyStatus,
    );
  },
  'media-discard': (store, tenure) => store.housekeeping.discardMedia(tenure, longAgo + 1_000, 10, () => Promise.resolve()),
  'messages-collect': (store, tenure) => store.housekeeping.collect(tenure, slot, { finishedBeforeMs: longAgo + 1_000, openBeforeMs: longAgo }, 10),
  'outbox-encrypted': (store, tenure) =>
    store.outbox.encrypted(tenure, {
      messages: [{ id: 'accepted', seq: 1, slot, stanza: '<message/>' }],
      sessions: [session],
      deviceLists: [list],
      identities: [identity],
      offers: [{ customer, slot, messageId: 'accepted', choices: [] }],
    }),
  'outbox-park': (store, tenure) => store.outbox.parked(tenure, [{ id: 'accepted', retryAtMs: 1_000, attempts: 1 }]),
  'outbox-unpark': (store, tenure) => store.outbox.unpark(tenure, [slot], longAgo + 1_000),
  'prekeys-replenish': (store, tenure) =>
    store.preKeys.replenish(tenure, [{ kind: 'one-time', id: freshId(), publicKey: randomBytes(33), privateKey: randomBytes(32) }], 0),
};

/** Every row of the database but the shard map's, as text that two states can be compared by. */
export async function rowsOf(admin: pg.Pool): Promise<string> {
  const { rows: tables } = await admin.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('shard', 'schema_migration') ORDER BY 1`,
  );
  const union = tables.map(({ name }) => `SELECT '${name}' AS name, row_to_json(t)::text AS row FROM "${name}" t`).join(' UNION ALL ');
  const { rows } = await admin.query<{ name: string; row: string }>(`${union} ORDER BY 1, 2`);
  return rows.map(({ name, row }) => `${name} ${row}`).join('\n');
}
