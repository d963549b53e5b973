import { slotOf } from '@multiconnect/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DeadLetterKey, type DeadLetterKind, deadLetterKinds, failureWord, stanzaHashOf } from './index.ts';
import { openTestStore, type TestStore } from './testing/test-store.ts';

const customer = '16315551001';
const slot = slotOf(customer);
const tenure = { account: 1, shard: 0, epoch: 1 };
let test: TestStore;

beforeAll(async () => {
  test = await openTestStore();
  await test.admin.query(`INSERT INTO shard (account, shard, owner, epoch) VALUES (1, 0, 'me', 1)`);
});
afterAll(() => test.close());
beforeEach(() => test.admin.query('TRUNCATE message, callback, inbox, dead_stanza'));

const listed = (kinds: readonly DeadLetterKind[] = deadLetterKinds, after?: DeadLetterKey) =>
  test.store.deadLetters.list(1, { kinds, limit: 10, ...(after && { after }) });

async function buryCallback(eventId: string): Promise<void> {
  await test.admin.query(`INSERT INTO callback (account, slot, customer, event_id, kind, body, attempts) VALUES (1, $1, $2, $3, 'status_change', '{}', 7)`, [slot, customer, eventId]);
  const [row] = await test.store.callbacks.due(tenure, [slot], 0, 1);
  await test.store.callbacks.buried(tenure, row?.seq ?? 0, 'http-500');
}

async function buryMessage(id: string): Promise<void> {
  await test.store.acceptance.accept({ account: 1, id, customer, slot, type: 'text', body: {} });
  await test.store.outbox.failed(tenure, [{ id, error: { code: 500, title: 'x' }, atMs: 1, deadReason: 'TypeError' }]);
}

const nothing = { messages: [], sessions: [], usedPreKeys: [], deviceLists: [], changes: [], failures: [], answered: [], statuses: [], changedNumbers: [] };

async function buryStanza(stanzaId: string): Promise<void> {
  await test.store.inbox.store(tenure, [{ customer, slot, stanzaId, stanzaHash: stanzaHashOf(stanzaId), stanza: '<message/>' }]);
  const [row] = await test.store.inbox.next(1, [slot], 0, 1);
  const seq = row?.seq ?? 0;
  await test.store.inbox.take(tenure, { ...nothing, taken: [seq], buried: [{ seq, reason: 'RangeError' }] }, []);
}

describe('dead letters', () => {
  it('of every kind are listed with what they are about and their reason, page by page', async () => {
    await buryCallback('e1');
    await buryMessage('m1');
    await buryMessage('m2');
    await buryStanza('s1');
    const letters = await listed();
    expect(letters).toMatchObject([
      { kind: 'callback', customer, reason: 'http-500', attempts: 7, about: 'e1' },
      { kind: 'message', customer, reason: 'TypeError', about: 'm1' },
      { kind: 'message', customer, reason: 'TypeError', about: 'm2' },
      { kind: 'stanza', customer, reason: 'RangeError', about: expect.stringMatching(/^ABGG/) as string },
    ]);
    expect(await listed(deadLetterKinds, letters[1])).toEqual(letters.slice(2));
    expect(await listed(['stanza'])).toEqual(letters.slice(3));
    expect(await test.store.deadLetters.count(1, 100)).toEqual({ callback: 1, message: 2, stanza: 1 });
    expect(await test.store.deadLetters.count(1, 1)).toEqual({ callback: 1, message: 1, stanza: 1 });
  });

  it('that are replayed take their places again, once', async () => {
    await buryCallback('e1');
    await buryMessage('m1');
    await buryStanza('s1');
    const letters = await listed();
    expect(await test.store.deadLetters.replay(1, letters)).toBe(3);
    expect(await test.store.callbacks.due(tenure, [slot], 0, 10)).toMatchObject([{ eventId: 'e1', attempts: 0 }, { eventId: 'm1-failed' }]);
    expect(await test.store.outbox.accepted(1, [slot], 10)).toMatchObject([{ id: 'm1', attempts: 0 }]);
    expect(await test.store.inbox.next(1, [slot], 0, 10)).toMatchObject([{ stanzaId: 's1', stanza: '<message/>' }]);
    expect(await test.store.deadLetters.replay(1, letters)).toBe(0);
    expect(await listed()).toEqual([]);
  });

  it('that are dropped are gone, but a message stays failed', async () => {
    await buryCallback('e1');
    await buryMessage('m1');
    await buryStanza('s1');
    expect(await test.store.deadLetters.drop(1, await listed())).toBe(3);
    expect(await listed()).toEqual([]);
    const { rows } = await test.admin.query('SELECT id, state FROM message');
    expect(rows).toEqual([{ id: 'm1', state: 5 }]);
    expect(await test.store.inbox.next(1, [slot], 0, 10)).toEqual([]);
  });

  it('are what was given up, and no other callback, message or stanza: neither replayed nor dropped', async () => {
    await test.store.acceptance.accept({ account: 1, id: 'm3', customer, slot, type: 'text', body: {} });
    await test.store.callbacks.raise(1, 'e3', { kind: 'error', errors: [] } as never);
    const keys = deadLetterKinds.flatMap((kind) => Array.from({ length: 50 }, (_, seq) => ({ kind, seq })));
    expect(await test.store.deadLetters.replay(1, keys)).toBe(0);
    expect(await test.store.deadLetters.drop(1, keys)).toBe(0);
  });

  it('of messages are not collected as garbage', async () => {
    await buryMessage('m1');
    const ages = { finishedBeforeMs: Date.now() + 10_000, openBeforeMs: Date.now() + 10_000 };
    await test.store.housekeeping.collect(tenure, slot, ages, 100);
    expect(await listed(['message'])).toHaveLength(1);
  });
});

describe('the reason of a failure', () => {
  it('is the error’s name and code, never its words', () => {
    expect(failureWord(new TypeError('secret'))).toBe('TypeError');
    expect(failureWord(Object.assign(new Error('secret'), { code: '22P05' }))).toBe('Error 22P05');
    expect(failureWord(Object.assign(new Error('secret'), { name: 'a b' }))).toBe('Error');
    expect(failureWord('secret')).toBe('unknown');
  });
});
