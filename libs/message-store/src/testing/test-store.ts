import { randomBytes } from 'node:crypto';
import { parsePostgresUrl, type PostgresConnection } from '@multiconnect/config';
import { createTestDatabase } from '@multiconnect/local/testing';
import { createSeal } from '@multiconnect/vault';
import pg from 'pg';
import { expect } from 'vitest';
import { type MessageStore, openMessageStore } from '../index.ts';

export const connectionOf = (url: string): PostgresConnection => {
  const connection = parsePostgresUrl(url);
  if (connection === undefined) throw new Error('the test database has no URL');
  return connection;
};

export interface TestStore {
  /** Of its database. */
  readonly connection: PostgresConnection;
  readonly store: MessageStore;
  /** For what the store's ports do not show. */
  readonly admin: pg.Pool;
  /** Another store on the same database, under another key; the caller closes it. */
  open(): MessageStore;
  close(): Promise<void>;
}

/** A store on a database of its own, its schema up to date. */
export async function openTestStore({ maxConnections = 4 }: { readonly maxConnections?: number } = {}): Promise<TestStore> {
  const database = await createTestDatabase();
  const connection = connectionOf(database.url);
  const open = () =>
    openMessageStore({
      connection,
      seal: createSeal(randomBytes(32)),
      maxConnections,
      applicationName: 'store-test',
      onConnectionLost: (error) => expect.fail(error.message),
    });
  const admin = new pg.Pool({ connectionString: database.url });
  const store = open();
  await store.migrate();
  return {
    connection,
    store,
    admin,
    open,
    async close() {
      await store.close();
      await admin.end();
      await database.drop();
    },
  };
}
