import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MessageStore } from './index.ts';
import { openTestStore, type TestStore } from './testing/test-store.ts';

const account = 1;
let opened: TestStore;
let store: MessageStore;

beforeAll(async () => {
  opened = await openTestStore();
  ({ store } = opened);
});
afterAll(() => opened.close());

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
