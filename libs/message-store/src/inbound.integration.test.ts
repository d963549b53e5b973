import type { InboundEvent } from '@multiconnect/contract';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Fenced, type FileToFetch, type MessageStore, type Received, type ShardTenure } from './index.ts';
import { openTestStore, type TestStore } from './testing/test-store.ts';

const account = 1;
const slot = 7;
const ann = '16315551001';
const bob = '16315551002';
const tenure: ShardTenure = { account, shard: 0, epoch: 3 };
const stale: ShardTenure = { ...tenure, epoch: 2 };
const everyStatus = ['sent', 'delivered', 'read'] as const;
const files: readonly FileToFetch[] = [{ place: 'message', url: 'aesgcm://chat.test/f#00ff00ff', contentType: 'image/jpeg' }];

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
  await admin.query('TRUNCATE message, ciphertext, inbox, callback, shard, contact, offered_choices');
  await admin.query('INSERT INTO shard (account, shard, owner, epoch) VALUES ($1, 0, $2, 3)', [account, 'me']);
});

const nothing: Received = {
  ...{ taken: [], messages: [], sessions: [], usedPreKeys: [], deviceLists: [] },
  ...{ changes: [], failures: [], answered: [], statuses: [], changedNumbers: [] },
};
const take = (received: Partial<Received>, owner = tenure) => store.inbox.take(owner, { ...nothing, ...received }, everyStatus);

const eventOf = (id: string, customer: string): InboundEvent => ({
  ...{ kind: 'inbound_message', id, from: customer, timestamp: 1 },
  content: { type: 'image', image: { mime_type: 'image/jpeg' } },
});
const messageFrom = (customer: string, id: string, more: object = {}) => ({ customer, slot, event: eventOf(id, customer), body: { stanza_id: `phone-${id}` }, ...more });

/** A message to the customer whose ciphertext waits for the server. */
const sendTo = async (customer: string) => {
  ids += 1;
  const id = `gBGG-${String(ids).padStart(6, '0')}`;
  await store.acceptance.accept({ account, id, customer, slot, type: 'text', body: { text: { body: 'hi' } } });
  const messages = (await store.outbox.accepted(account, [slot], 100)).map((row) => ({ id: row.id, seq: row.seq, slot, stanza: '<x/>' }));
  await store.outbox.encrypted(tenure, { messages, sessions: [], deviceLists: [] });
  return id;
};
const due = () => store.callbacks.due(tenure, [slot], 0, 100);
const dueIds = async () => (await due()).map((callback) => callback.eventId);
const statesAndCiphertexts = async () => (await admin.query<object>('SELECT m.id, m.state, c.message_id FROM message m LEFT JOIN ciphertext c ON c.message_id = m.id ORDER BY 1')).rows;

describe('what one customer says of a message to another', () => {
  it.each<[string, (id: string) => Partial<Received>]>([
    ['that it is delivered', (id) => ({ changes: [{ id, state: 'delivered', atMs: 1, customer: ann }] })],
    ['that it is read', (id) => ({ changes: [{ id, state: 'read', atMs: 1, customer: ann }] })],
    ['that it bounced', (id) => ({ failures: [{ id, error: { code: 1026, title: 't' }, atMs: 1, customer: ann }] })],
    ['that it cannot be shown', (id) => ({ failures: [{ id, error: { code: 500, title: 't' }, atMs: 1, customer: ann, unless: 'read' }] })],
    ['a warning', (id) => ({ statuses: [{ customer: ann, id, status: 'warning', atMs: 1 }] })],
    ['that it is deleted', (id) => ({ statuses: [{ customer: ann, id, status: 'deleted', atMs: 1 }] })],
  ])('changes nothing: %s', async (_what, saying) => {
    const id = await sendTo(bob);
    const before = await statesAndCiphertexts();
    await take(saying(id));
    expect([await statesAndCiphertexts(), await dueIds()]).toEqual([before, []]);
  });

  it('does not stand in the way of what the other says at the same time', async () => {
    const id = await sendTo(bob);
    await take({ changes: [{ id, state: 'read', atMs: 1, customer: ann }, { id, state: 'delivered', atMs: 2, customer: bob }] });
    expect(await dueIds()).toEqual([`${id}-sent`, `${id}-delivered`]);
  });
});

describe('a notice of a phone', () => {
  it('tells that a customer deleted an own message, once [callback.status.deleted]', async () => {
    await take({ messages: [messageFrom(ann, 'ABGG-1')], statuses: [{ customer: ann, id: 'ABGG-1', status: 'deleted', atMs: 5_000 }] });
    await take({ statuses: [{ customer: ann, id: 'ABGG-1', status: 'deleted', atMs: 6_000 }] });
    expect((await due()).map(({ event }) => event)).toEqual([
      eventOf('ABGG-1', ann),
      { kind: 'status_change', id: 'ABGG-1', recipient_id: ann, status: 'deleted', timestamp: 5 },
    ]);
  });

  it('tells of a message that cannot be shown, also when it has been delivered, but not when it was read', async () => {
    const [delivered, read] = [await sendTo(ann), await sendTo(ann)];
    await store.outbox.acknowledged(tenure, [{ id: delivered, state: 'delivered', atMs: 1 }, { id: read, state: 'read', atMs: 1 }], []);
    const error = { code: 500, title: 'structure unavailable' };
    await take({ failures: [delivered, read].map((id) => ({ id, error, atMs: 2_000, customer: ann, unless: 'read' as const })) });
    expect(await dueIds()).toEqual([`${delivered}-failed`]);
  });

  it('warns of a message to its customer [callback.status.warning]', async () => {
    const id = await sendTo(ann);
    await take({ statuses: [{ customer: ann, id, status: 'warning', atMs: 3_000 }] });
    expect((await due()).map(({ event }) => event)).toEqual([{ kind: 'status_change', id, recipient_id: ann, status: 'warning', timestamp: 3 }]);
  });

  it('of a changed number makes the old one invalid, and the new one to be asked about anew', async () => {
    await store.contacts.save(account, [ann, bob].map((waId) => ({ waId, status: 'valid', chatJid: `+${waId}@chat.test`, checkedAtMs: 1 })));
    await take({ changedNumbers: [{ customer: ann, newWaId: bob }] });
    expect(await store.contacts.read(account, [ann, bob])).toMatchObject([{ waId: ann, status: 'invalid' }]);
  });

  it.each<[string, Partial<Received>]>([
    ['a status', { statuses: [{ customer: ann, id: 'ABGG-1', status: 'deleted', atMs: 1 }] }],
    ['a changed number', { changedNumbers: [{ customer: ann, newWaId: bob }] }],
  ])('is nothing to an owner that has lost its shard: %s', async (_what, received) => {
    await take({ messages: [messageFrom(ann, 'ABGG-1')] });
    await expect(take(received, stale)).rejects.toBeInstanceOf(Fenced);
    expect([await dueIds(), await store.contacts.read(account, [ann])]).toEqual([['ABGG-1'], []]);
  });
});

describe('a callback that waits for a file', () => {
  it('holds back what is behind it for its customer and nobody else, until it is released', async () => {
    await take({ messages: [messageFrom(ann, 'ABGG-1'), messageFrom(ann, 'ABGG-2', { files }), messageFrom(bob, 'ABGG-3'), messageFrom(ann, 'ABGG-4', { files })] });
    const id = await sendTo(ann);
    await store.outbox.acknowledged(tenure, [{ id, state: 'sent', atMs: 1 }], everyStatus);
    expect(await dueIds()).toEqual(['ABGG-1', 'ABGG-3']);
    const release = async () => {
      const [held] = await store.heldCallbacks.first(account, [slot], [], 10);
      await store.heldCallbacks.release(tenure, held?.seq ?? 0, held?.event ?? expect.fail('nothing is held'));
    };
    await release();
    expect(await dueIds()).toEqual(['ABGG-1', 'ABGG-2', 'ABGG-3']);
    await release();
    expect(await dueIds()).toEqual(['ABGG-1', 'ABGG-2', 'ABGG-3', 'ABGG-4', `${id}-sent`]);
  });

  it('is found with its files by whoever owns the shard, each customer’s first one', async () => {
    await take({ messages: [messageFrom(ann, 'ABGG-1', { files }), messageFrom(ann, 'ABGG-2', { files }), messageFrom(bob, 'ABGG-3', { files })] });
    const first = async (without: string[], limit = 10) => (await store.heldCallbacks.first(account, [slot], without, limit)).map(({ event }) => event.id);
    expect(await store.heldCallbacks.first(account, [slot], [bob], 10)).toMatchObject([{ customer: ann, event: eventOf('ABGG-1', ann), files }]);
    expect([await first([]), await first([ann]), await first([], 1)]).toEqual([['ABGG-1', 'ABGG-3'], ['ABGG-3'], ['ABGG-1']]);
    expect(await store.heldCallbacks.first(account, [slot + 1], [], 10)).toEqual([]);
  });

  it('keeps the keys of its files sealed, and loses them with the release', async () => {
    await take({ messages: [messageFrom(ann, 'ABGG-1', { files })] });
    const stored = async () => (await admin.query<{ held: Buffer | null; text: string }>('SELECT held, callback::text AS text FROM callback')).rows[0];
    const text = `${(await stored())?.held?.toString('latin1') ?? expect.fail('not held')} ${(await stored())?.text ?? ''}`;
    expect(text).not.toContain('00ff00ff');
    const [held] = await store.heldCallbacks.first(account, [slot], [], 1);
    await expect(store.heldCallbacks.release(stale, held?.seq ?? 0, eventOf('ABGG-1', ann))).rejects.toBeInstanceOf(Fenced);
    const final = { ...eventOf('ABGG-1', ann), content: { type: 'image', image: { id: 'm', mime_type: 'image/png' } } } as const;
    await store.heldCallbacks.release(tenure, held?.seq ?? 0, final);
    await store.heldCallbacks.release(tenure, held?.seq ?? 0, eventOf('ABGG-1', ann));
    expect([(await stored())?.held, (await due())[0]?.event]).toEqual([null, final]);
  });
});

describe('what a message refers to', () => {
  const reply = (id: string) => ({ type: 'button_reply', button_reply: { id, title: id } });
  const offer = (customer: string, messageId: string) => ({ customer, slot, messageId, choices: [{ title: 'yes', reply: reply(messageId) }] });
  const offers = (...offered: ReturnType<typeof offer>[]) => store.outbox.encrypted(tenure, { messages: [], sessions: [], deviceLists: [], offers: offered });
  const recall = (offeredAfterMs = 0) =>
    store.inbox.recall(account, { offers: [ann, bob].map((customer) => ({ customer, slot })), offeredAfterMs, messages: [] });

  it('are the last choices that its customer was offered, until one is taken or they are old', async () => {
    await offers(offer(ann, 'gBGG-1'), offer(bob, 'gBGG-2'), offer(ann, 'gBGG-3'));
    expect((await recall()).offers).toEqual([
      { customer: ann, messageId: 'gBGG-3', choices: [{ title: 'yes', reply: reply('gBGG-3') }] },
      { customer: bob, messageId: 'gBGG-2', choices: [{ title: 'yes', reply: reply('gBGG-2') }] },
    ]);
    expect((await recall(Date.now() + 60_000)).offers).toEqual([]);
    await take({ answered: [{ customer: ann, slot, messageId: 'gBGG-1' }, { customer: bob, slot, messageId: 'gBGG-2' }] });
    expect((await recall()).offers.map(({ messageId }) => messageId)).toEqual(['gBGG-3']);
  });

  it('are the customer’s own messages by the ids of their phone, and nobody else’s', async () => {
    await take({ messages: [messageFrom(ann, 'ABGG-1'), messageFrom(bob, 'ABGG-2')] });
    const messages = [ann, bob].map((customer) => ({ customer, stanzaId: 'phone-ABGG-1' }));
    const recalled = await store.inbox.recall(account, { offers: [], offeredAfterMs: 0, messages });
    expect(recalled.messages).toEqual([{ customer: ann, stanzaId: 'phone-ABGG-1', id: 'ABGG-1' }]);
  });
});
