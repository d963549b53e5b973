import { newOutboundId } from '@multiconnect/contract';
import { beforeAll, describe, expect, it } from 'vitest';
import { alice, type Bench, type Business, createBench, newBusiness, Writer } from './testing/bench.ts';

let business: Business;
let bench: Bench;

beforeAll(async () => {
  business = await newBusiness();
});

const id = newOutboundId();
const url = `aesgcm://up.example/f#${'ab'.repeat(44)}`;

/** What one message of a phone changes. */
async function taken(content: object, text?: string) {
  bench = createBench(business);
  bench.deliver(await new Writer(business, alice).write(text, content));
  bench.processor.wake();
  await bench.clock.advance(10);
  expect([bench.inbox.rows, bench.troubles]).toEqual([[], []]);
  return bench.inbox.takes[0] ?? expect.fail('nothing was taken');
}

describe('a notice of a phone', () => {
  it.each([
    ['structure', 500, 'structure unavailable: Client could not display highly structured message'],
    ['incapable', 1026, 'Receiver incapable'],
  ])('that a message could not be shown fails that message to this customer: %s', async (reason, code, title) => {
    const { failures, messages } = await taken({ type: 'not_shown', not_shown: { message_id: id, reason } });
    expect([failures, messages]).toEqual([[{ id, error: { code, title }, atMs: expect.any(Number) as number, customer: alice, unless: 'read' }], []]);
  });

  it('that something of a message is missing is a warning about it', async () => {
    const { statuses } = await taken({ type: 'warning', warning: { message_id: id, reason: 'product_missing' } });
    expect(statuses).toEqual([{ customer: alice, id, status: 'warning', atMs: expect.any(Number) as number }]);
  });

  it('of a new number is told as a message, and of the number that it has already as nothing', async () => {
    const { changedNumbers, messages } = await taken({ type: 'changed_number', changed_number: { wa_id: '15550000003' } });
    expect(changedNumbers).toEqual([{ customer: alice, newWaId: '15550000003' }]);
    expect(messages.map(({ event }) => event.content)).toEqual([
      { type: 'system', system: { type: 'user_changed_number', body: `The customer changed from ${alice} to 15550000003`, new_wa_id: '15550000003', wa_id: '15550000003' } },
    ]);
    const same = await taken({ type: 'changed_number', changed_number: { wa_id: alice } });
    expect([same.changedNumbers, same.messages]).toEqual([[], []]);
  });
});

describe('a message with a file', () => {
  it('is stored without the address and the key of the file, which stand beside it', async () => {
    const { messages } = await taken({ type: 'image', image: { url, mime_type: 'image/jpeg' } }, 'a picture');
    const [message] = messages;
    expect(message?.files).toEqual([{ place: 'message', url, contentType: 'image/jpeg' }]);
    expect(JSON.stringify([message?.event, message?.body])).not.toContain('aesgcm');
    expect(message?.body).toMatchObject({ type: 'image', image: { mime_type: 'image/jpeg' } });
  });
});
