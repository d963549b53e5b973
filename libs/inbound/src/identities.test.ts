import { generateIdentity } from '@multiconnect/signal';
import { beforeAll, describe, expect, it } from 'vitest';
import { alice, type Bench, type Business, createBench as benchOf, newBusiness, Writer } from './testing/bench.ts';

let business: Business;
/** The same business, as a customer with another phone sees it. */
let other: Business;

beforeAll(async () => {
  business = await newBusiness();
  other = { ...business, phoneIdentity: await generateIdentity() };
});

async function take(bench: Bench, ...stanzas: readonly string[]) {
  for (const stanza of stanzas) bench.deliver(stanza);
  bench.processor.wake();
  await bench.clock.settle();
}

const heardIn = (bench: Bench) => bench.inbox.due().map(({ content, identity }) => [content.type, identity?.acknowledged]);

describe('a customer who writes from a phone installed anew', () => {
  it('is told of before the message, which names the identity that waits for its acknowledgement [callback.system.user_identity_changed] [callback.message.identity] [settings.show_security_notifications]', async () => {
    const bench = benchOf(business, undefined, { areIdentityChangesShown: true });
    await take(bench, await new Writer(business, alice).write('from the old phone'));
    await take(bench, await new Writer(other, alice, 102, 1).write('from the new phone'));
    expect(heardIn(bench)).toEqual([
      ['text', true],
      ['system', undefined],
      ['text', false],
    ]);
    const [before, news, after] = bench.inbox.due();
    expect(news?.content).toMatchObject({ system: { type: 'user_identity_changed', identity: after?.identity } });
    expect(after?.identity?.hash).not.toBe(before?.identity?.hash);
    expect(bench.inbox.identities.get(alice)).toMatchObject({ hash: after?.identity?.hash, isAcknowledged: false });
  });

  it('is told of once, and is acknowledged for messages from then on', async () => {
    const bench = benchOf(business, undefined, { areIdentityChangesShown: true });
    const phone = new Writer(other, alice, 102, 1);
    await take(bench, await new Writer(business, alice).write('old'));
    await take(bench, await phone.write('new'), await phone.write('again'));
    const identity = bench.inbox.identities.get(alice) ?? expect.fail('no identity');
    bench.inbox.identities.set(alice, { ...identity, isAcknowledged: true });
    await take(bench, await phone.write('acknowledged'));
    expect(heardIn(bench)).toEqual([
      ['text', true],
      ['system', undefined],
      ['text', false],
      ['text', false],
      ['text', true],
    ]);
  });

  it('is nobody’s business where changes are not shown', async () => {
    const bench = benchOf(business);
    await take(bench, await new Writer(business, alice).write('old'));
    await take(bench, await new Writer(other, alice, 102, 1).write('new'));
    expect(heardIn(bench)).toEqual([
      ['text', undefined],
      ['text', undefined],
    ]);
    expect(bench.inbox.identities.get(alice)).toMatchObject({ isAcknowledged: true });
  });
});
