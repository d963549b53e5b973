import { type InboundEvent, slotOf } from '@multiconnect/contract';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Fenced, type IdentityChange, IdentityUnacknowledged, type MessageStore, type Received, type ShardTenure } from './index.ts';
import { openTestStore, type TestStore } from './testing/test-store.ts';

const account = 1;
const customer = '16315551001';
const slot = slotOf(customer);
const tenure: ShardTenure = { account, shard: 0, epoch: 3 };

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
  await admin.query('TRUNCATE message, callback, conversation, identity, setting, shard');
  await admin.query('INSERT INTO shard (account, shard, owner, epoch) VALUES ($1, 0, $2, 3)', [account, 'me']);
});

const nothingReceived: Received = { taken: [], messages: [], sessions: [], usedPreKeys: [], deviceLists: [], changes: [], failures: [], answered: [], statuses: [], changedNumbers: [] };
const identity = (hash: string, isAcknowledged: boolean): IdentityChange => ({ customer, slot, hash, createdAtMs: 1_600_132_094_123, isAcknowledged });
const put = (change: IdentityChange, holder = tenure) =>
  store.outbox.encrypted(holder, { messages: [], sessions: [], deviceLists: [], identities: [change] });
const accept = (more: object = {}) => {
  ids += 1;
  return store.acceptance.accept({ account, id: `gBGG-${ids}`, customer, slot, type: 'text', body: {}, ...more });
};
const show = (isShown: boolean) => store.settings.write(account, { show_security_notifications: isShown });

const [first, second] = ['UKD6Y/5SqDU=', 'AAAAAAAAAAA='];

describe('an identity', () => {
  it('is stored with the sessions that show it, sent or received, and is loaded with them', async () => {
    await put(identity(first, true));
    const stored = { hash: first, createdAtMs: 1_600_132_094_123, isAcknowledged: true };
    expect(await store.identities.read(account, customer)).toEqual(stored);
    expect(await store.ratchets.load(account, [{ customer, slot }])).toMatchObject([{ customer, identity: stored }]);
    await store.inbox.take(tenure, { ...nothingReceived, identities: [identity(second, false)] }, []);
    expect(await store.identities.read(account, customer)).toEqual({ ...stored, hash: second, isAcknowledged: false });
    expect(await store.identities.read(account, '16315551002')).toBeUndefined();
  });

  it('is not written by an owner that has lost its shard', async () => {
    await expect(put(identity(first, true), { ...tenure, epoch: 2 })).rejects.toBeInstanceOf(Fenced);
    expect(await store.identities.read(account, customer)).toBeUndefined();
  });

  it('is acknowledged by its own hash only, and an acknowledgement is not taken back by a repeated write', async () => {
    await put(identity(first, false));
    expect(await store.identities.acknowledge(account, customer, second)).toBe(false);
    expect(await store.identities.acknowledge(account, customer, first)).toBe(true);
    await put(identity(first, false));
    expect(await store.identities.read(account, customer)).toMatchObject({ isAcknowledged: true });
    await put(identity(second, false));
    expect(await store.identities.acknowledge(account, customer, first)).toBe(false);
    expect(await store.identities.read(account, customer)).toMatchObject({ hash: second, isAcknowledged: false });
  });

  it('that has changed is told once, by the id of its event, and may be marked read without a phone that would hear of it', async () => {
    const event: InboundEvent = {
      kind: 'inbound_message',
      id: 'ABGG-changed',
      from: customer,
      timestamp: 1,
      content: { type: 'system', system: { type: 'user_identity_changed', body: '', identity: { acknowledged: false, created_timestamp: 1, hash: first } } },
    };
    await put({ ...identity(first, false), event });
    await put({ ...identity(first, false), event });
    expect((await store.callbacks.due(tenure, [slot], 0, 10)).map((callback) => callback.event)).toEqual([event]);
    expect(await store.acceptance.markRead(account, 'ABGG-changed')).toEqual({ customer, slot });
    expect(await store.outbox.accepted(account, [slot], 10)).toEqual([]);
  });
});

describe('a customer with a changed identity', () => {
  it('gets nothing accepted until it is acknowledged, others do, also in the same insert', async () => {
    await show(true);
    await put(identity(first, false));
    const [blocked, other] = await Promise.allSettled([accept(), accept({ customer: '16315551002' })]);
    expect(blocked).toMatchObject({ status: 'rejected', reason: expect.any(IdentityUnacknowledged) as unknown });
    expect(other.status).toBe('fulfilled');
    await store.identities.acknowledge(account, customer, first);
    expect(await accept()).toMatchObject({ isNew: true });
  });

  it('is answered as before for a message that was accepted before, by its key', async () => {
    await show(true);
    const { id } = await accept({ idempotencyKey: 'order-1' });
    await put(identity(first, false));
    expect(await accept({ idempotencyKey: 'order-1' })).toMatchObject({ id, isNew: false });
    await expect(accept({ idempotencyKey: 'order-2' })).rejects.toBeInstanceOf(IdentityUnacknowledged);
  });

  it('is no matter while the setting is off', async () => {
    await put(identity(first, false));
    expect(await accept()).toMatchObject({ isNew: true });
    await show(true);
    await expect(accept()).rejects.toBeInstanceOf(IdentityUnacknowledged);
    await show(false);
    expect(await accept()).toMatchObject({ isNew: true });
  });
});

describe('when a customer wrote last', () => {
  it('is known to the minute to who loads the customer', async () => {
    const hear = async (timestamp: number, id: string) => {
      const event = { kind: 'inbound_message', id, from: customer, timestamp, content: { type: 'text', text: { body: 'hi' } } } as const;
      await store.inbox.take(tenure, { ...nothingReceived, messages: [{ customer, slot, event, body: {} }] }, []);
    };
    const heardAtMs = async () => (await store.ratchets.load(account, [{ customer, slot }]))[0]?.heardAtMs;
    expect(await heardAtMs()).toBeUndefined();
    await hear(1_000_000, 'A');
    await hear(1_000_059, 'B');
    expect(await heardAtMs()).toBe(1_000_000_000);
    await hear(1_000_061, 'C');
    await hear(1_000_000, 'D');
    expect(await heardAtMs()).toBe(1_000_061_000);
  });
});
