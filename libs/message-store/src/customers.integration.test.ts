import { randomBytes } from 'node:crypto';
import { createTestDatabase } from '@multiconnect/local/testing';
import { createSeal } from '@multiconnect/vault';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MessageStore, openMessageStore } from './index.ts';

const account = 1;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let store: MessageStore;

beforeAll(async () => {
  database = await createTestDatabase();
  const { hostname, port, username, password, pathname } = new URL(database.url);
  store = openMessageStore({
    connection: { host: hostname, port: Number(port), user: decodeURIComponent(username), password: decodeURIComponent(password), database: pathname.slice(1) },
    seal: createSeal(randomBytes(32)),
    maxConnections: 2,
    applicationName: 'customers-test',
    onConnectionLost: (error) => expect.fail(error.message),
  });
  await store.migrate();
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

describe('the contacts', () => {
  it('are kept with the language of their phone, and without it once nobody knows it any more', async () => {
    const known = { waId: '16315551001', status: 'valid', chatJid: '+16315551001@chat', language: 'pt_BR', checkedAtMs: 1_000 } as const;
    await store.contacts.save(account, [known]);
    expect(await store.contacts.read(account, [known.waId])).toEqual([known]);
    const { language, ...forgotten } = known;
    expect(language).toBe('pt_BR');
    await store.contacts.save(account, [forgotten]);
    expect(await store.contacts.read(account, [known.waId])).toEqual([forgotten]);
  });
});
