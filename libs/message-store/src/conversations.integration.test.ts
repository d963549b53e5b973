import type { CallbackEvent, InboundEvent, StatusEvent } from '@multiconnect/contract';
import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MessageStore, type Received, type ShardTenure } from './index.ts';
import { openTestStore, type TestStore } from './testing/test-store.ts';

const account = 1;
const slot = 7;
const ann = '16315551001';
const tenure: ShardTenure = { account, shard: 0, epoch: 3 };
const everyStatus = ['sent', 'delivered', 'read'] as const;
const dayMs = 86_400_000;
const startMs = 1_700_000_000_000;

let opened: TestStore;
let admin: pg.Pool;
let store: MessageStore;
let ids = 0;

beforeAll(async () => {
  opened = await openTestStore({ maxConnections: 8 });
  ({ store, admin } = opened);
});
afterAll(() => opened.close());

const clear = async () => {
  await admin.query('TRUNCATE message, ciphertext, inbox, callback, conversation, setting, shard');
  await admin.query('INSERT INTO shard (account, shard, owner, epoch) VALUES ($1, 0, $2, 3)', [account, 'me']);
};
beforeEach(clear);

const nothingReceived: Received = { taken: [], messages: [], sessions: [], usedPreKeys: [], deviceLists: [], changes: [], failures: [], answered: [], statuses: [], changedNumbers: [] };

/** An encrypted message to a customer. */
async function encrypt(customer = ann, category?: string): Promise<string> {
  ids += 1;
  const id = `gBGG-${String(ids).padStart(6, '0')}`;
  await store.acceptance.accept({ account, id, customer, slot, type: category === undefined ? 'text' : 'template', body: { category } });
  const row = (await store.outbox.accepted(account, [slot], 1_000)).find((one) => one.id === id);
  const message = { id, seq: row?.seq ?? 0, slot, stanza: '<x/>' };
  await store.outbox.encrypted(tenure, { messages: [message], sessions: [], deviceLists: [] });
  return id;
}

const acknowledge = (id: string, atMs: number) => store.outbox.acknowledged(tenure, [{ id, state: 'sent', atMs }], everyStatus);
const receive = (id: string, state: 'delivered' | 'read', atMs: number) =>
  store.inbox.take(tenure, { ...nothingReceived, changes: [{ id, state, atMs }] }, everyStatus);

async function send(atMs: number, customer = ann, category?: string): Promise<string> {
  const id = await encrypt(customer, category);
  await acknowledge(id, atMs);
  return id;
}

async function hear(atMs: number, content: InboundEvent['content'] = { type: 'text', text: { body: 'hi' } }): Promise<void> {
  ids += 1;
  const event: InboundEvent & CallbackEvent = { kind: 'inbound_message', id: `ABGG-${ids}`, from: ann, timestamp: atMs / 1000, content };
  await store.inbox.take(tenure, { ...nothingReceived, messages: [{ customer: ann, slot, event, body: {} }] }, everyStatus);
}

async function statusesOf(id: string): Promise<readonly StatusEvent[]> {
  const due = await store.callbacks.due(tenure, [slot], 0, 10_000);
  return due.flatMap(({ event }) => (event.kind === 'status_change' && event.id === id ? [event] : []));
}
const conversationOf = async (id: string) => (await statusesOf(id))[0]?.conversation;
const originOf = async (id: string) => (await conversationOf(id))?.origin.type;

describe('a conversation', () => {
  it('opens with the first sent message, for 24 hours, and is named by sent and delivered but not by read [callback.status.conversation] [callback.status.conversation.expiration_timestamp] [callback.status.pricing] [callback.status.pricing.category] [callback.status.read_without_pricing]', async () => {
    const id = await send(startMs);
    await receive(id, 'read', startMs + 5_000);
    const conversation = {
      id: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
      expiration_timestamp: (startMs + dayMs) / 1000,
      origin: { type: 'business_initiated' },
    };
    const pricing = { pricing_model: 'NBP', billable: false, category: 'business_initiated' };
    const statuses = await statusesOf(id);
    expect(statuses).toMatchObject([
      { status: 'sent', conversation, pricing },
      { status: 'delivered', conversation, pricing },
      { status: 'read' },
    ]);
    expect(Object.keys(statuses[2] ?? {}).sort()).toEqual(['id', 'kind', 'recipient_id', 'status', 'timestamp']);
  });

  it('is the same for every message until it expires, and another one after that', async () => {
    const [first, last] = [await send(startMs), await send(startMs + dayMs - 1)];
    const next = await send(startMs + dayMs);
    expect(await conversationOf(last)).toEqual(await conversationOf(first));
    expect((await conversationOf(next))?.id).not.toBe((await conversationOf(first))?.id);
    expect((await conversationOf(next))?.expiration_timestamp).toBe((startMs + 2 * dayMs) / 1000);
  });

  it('stays a message’s own when it is delivered in the days of the next ones', async () => {
    const late = await send(startMs);
    await send(startMs + dayMs);
    await send(startMs + 3 * dayMs);
    await receive(late, 'delivered', startMs + 3 * dayMs + 1);
    const [sent, delivered] = await statusesOf(late);
    expect(delivered?.conversation).toEqual(sent?.conversation);
  });

  it('begins with the customer when the customer has written in the 24 hours before [callback.status.conversation.origin]', async () => {
    await hear(startMs);
    expect(await originOf(await send(startMs + 1_000))).toBe('user_initiated');
    await clear();
    await hear(startMs);
    expect(await originOf(await send(startMs + dayMs + 60_000))).toBe('business_initiated');
  });

  it('has the category of the template that opens it [callback.status.conversation.origin] [callback.status.pricing.category]', async () => {
    await hear(startMs);
    expect(await originOf(await send(startMs + 1_000, ann, 'marketing'))).toBe('marketing');
    expect(await originOf(await send(startMs + 2_000))).toBe('marketing');
  });

  it('is a customer’s own', async () => {
    const [one, other] = [await send(startMs), await send(startMs, '16315551002')];
    expect((await conversationOf(one))?.id).not.toBe((await conversationOf(other))?.id);
  });

  it('is left out while the setting says so, and is back when it does not [settings.webhook_payload_conversation_pricingmodel_disabled]', async () => {
    await store.settings.write(account, { webhook_payload_conversation_pricingmodel_disabled: true });
    const id = await send(startMs);
    expect(Object.keys((await statusesOf(id))[0] ?? {})).not.toContain('pricing');
    expect(await conversationOf(id)).toBeUndefined();
    await store.settings.clear(account);
    await receive(id, 'delivered', startMs + 1_000);
    expect((await statusesOf(id))[1]?.conversation?.expiration_timestamp).toBe((startMs + dayMs) / 1000);
  });

  it('opens in the statement that takes a delivery and the customer’s message at once', async () => {
    const id = await encrypt();
    const event: InboundEvent & CallbackEvent = { kind: 'inbound_message', id: 'ABGG-at-once', from: ann, timestamp: startMs / 1000, content: { type: 'text', text: { body: 'hi' } } };
    const received = { ...nothingReceived, messages: [{ customer: ann, slot, event, body: {} }], changes: [{ id, state: 'delivered' as const, atMs: startMs + 1 }] };
    await store.inbox.take(tenure, received, everyStatus);
    expect((await statusesOf(id)).map(({ status, conversation }) => [status, conversation?.origin.type])).toEqual([
      ['sent', 'user_initiated'],
      ['delivered', 'user_initiated'],
    ]);
  });

  it('does not begin with what the gateway itself tells of a customer', async () => {
    const system = { type: 'user_changed_number', body: '', new_wa_id: ann, wa_id: ann } as const;
    await hear(startMs, { type: 'system', system });
    expect(await originOf(await send(startMs + 1_000))).toBe('business_initiated');
  });

  it('is one a customer and window, in whatever order acknowledgements, receipts and replies come in', async () => {
    const step = fc.record({
      customer: fc.constantFrom(ann, '16315551002'),
      atMs: fc.integer({ min: 0, max: 1_000 }).map((ms) => startMs + ms),
      how: fc.constantFrom('acknowledged', 'delivered', 'both'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 12 }), async (steps) => {
        await clear();
        const messages: { id: string; customer: string }[] = [];
        for (const { customer } of steps) messages.push({ id: await encrypt(customer), customer });
        await Promise.all(
          steps.flatMap(({ atMs, how }, index) => {
            const id = messages[index]?.id ?? '';
            return [
              ...(how === 'delivered' ? [] : [acknowledge(id, atMs)]),
              ...(how === 'acknowledged' ? [] : [receive(id, 'delivered', atMs)]),
            ];
          }),
        );
        for (const customer of [ann, '16315551002']) {
          const own = messages.filter((message) => message.customer === customer);
          const named = (await Promise.all(own.map(({ id }) => statusesOf(id)))).flat().map(({ conversation }) => conversation?.id);
          expect(named).not.toContain(undefined);
          expect(new Set(named).size).toBe(own.length === 0 ? 0 : 1);
        }
      }),
      { numRuns: 25 },
    );
  });
});
