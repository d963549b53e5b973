import { parsePostgresUrl } from '@multiconnect/config';
import { createTestDatabase, type TestDatabase } from '@multiconnect/local/testing';
import { type MessageStore, openMessageStore } from '@multiconnect/message-store';
import { createSeal } from '@multiconnect/vault';
import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { callbackQueueConformance } from './testing/callback-queue-conformance.ts';

let database: TestDatabase;
let store: MessageStore;
let sql: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  const connection = parsePostgresUrl(database.url);
  if (!connection) throw new Error('TEST_POSTGRES_URL is no URL of a database');
  store = openMessageStore({ connection, seal: createSeal(new Uint8Array(32)), maxConnections: 4, applicationName: 'test', onConnectionLost: () => undefined });
  await store.migrate();
  sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
});

afterAll(async () => {
  await Promise.all([store.close(), sql.end()]);
  await database.drop();
});

const insert = `
  INSERT INTO callback (account, seq, slot, customer, event_id, kind, body, created_at) OVERRIDING SYSTEM VALUE
  VALUES (1, $1::bigint, 0, $2, 'e' || $1::bigint, 'status_change', '{"kind":"status_change"}', to_timestamp($3::float8 / 1000))`;

callbackQueueConformance('in PostgreSQL', async () => {
  await sql.query('TRUNCATE callback, shard');
  await sql.query('INSERT INTO shard (account, shard, epoch) VALUES (1, 0, 1)');
  return {
    queue: store.callbacks,
    commit: async (seq, customer, createdAtMs) => {
      await sql.query(insert, [seq, customer, createdAtMs]);
    },
    takeOver: async () => {
      await sql.query('UPDATE shard SET epoch = epoch + 1');
    },
  };
});
