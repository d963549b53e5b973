import { expect, test } from 'vitest';
import { missingBefore } from './index.ts';
import type { SignalMessage } from './index.ts';
import type { Device } from './testing/party.ts';
import { establishedPair, newPair } from './testing/party.ts';

async function sendAll(device: Device, texts: readonly string[]): Promise<SignalMessage[]> {
  const messages: SignalMessage[] = [];
  for (const text of texts) messages.push(await device.send(text));
  return messages;
}

/** Delivers as an inbox would that holds back what is not next. */
async function restoreOrder(device: Device, arrived: readonly SignalMessage[]): Promise<string[]> {
  const waiting = [...arrived];
  const texts: string[] = [];
  while (waiting.length > 0) {
    const next = waiting.findIndex((message) => missingBefore(device.session, message) === 0);
    if (next < 0) throw new Error('no message is next');
    for (const message of waiting.splice(next, 1)) texts.push(await device.read(message));
  }
  return texts;
}

test('a first message lacks as many as its counter says, before there is a session', async () => {
  const { alice, bob } = await newPair();
  const messages = await sendAll(alice, ['a', 'b', 'c']);
  expect(messages.map((message) => missingBefore(bob.session, message))).toEqual([0, 1, 2]);
});

test('a skipped message counts as missing until it has come', async () => {
  const { alice, bob } = await establishedPair();
  const [a, b, c, d] = (await sendAll(alice, ['a', 'b', 'c', 'd'])) as [SignalMessage, SignalMessage, SignalMessage, SignalMessage];
  await bob.receive(c);
  expect([a, b, d].map((message) => missingBefore(bob.session, message))).toEqual([0, 1, 2]);
  await bob.receive(a);
  expect([b, d].map((message) => missingBefore(bob.session, message))).toEqual([0, 1]);
  await bob.receive(b);
  expect(missingBefore(bob.session, d)).toBe(0);
});

test('the rest of the chain before counts, before and after the step', async () => {
  const { alice, bob } = await establishedPair();
  const [a, ...rest] = await sendAll(alice, ['a', 'b', 'c']);
  await bob.receive(a as SignalMessage);
  await alice.receive(await bob.send('turn'));
  const [d, e] = (await sendAll(alice, ['d', 'e'])) as [SignalMessage, SignalMessage];
  expect([missingBefore(bob.session, d), missingBefore(bob.session, e)]).toEqual([2, 3]);
  await bob.receive(d);
  expect(missingBefore(bob.session, e)).toBe(2);
  expect(rest.map((message) => missingBefore(bob.session, message))).toEqual([0, 1]);
});

test('messages skipped in an earlier chain count before all of a new one', async () => {
  const { alice, bob } = await establishedPair();
  const [a, , c] = (await sendAll(alice, ['a', 'b', 'c'])) as [SignalMessage, SignalMessage, SignalMessage];
  await bob.receive(c);
  await alice.receive(await bob.send('turn'));
  const d = await alice.send('d');
  expect(missingBefore(bob.session, d)).toBe(2);
  await bob.receive(a);
  expect(missingBefore(bob.session, d)).toBe(1);
});

test('a reversed redelivery is put back in order, of a new customer and of a known one', async () => {
  const { alice, bob } = await newPair();
  const first = await sendAll(alice, ['a', 'b', 'c']);
  expect(await restoreOrder(bob, first.toReversed())).toEqual(['a', 'b', 'c']);
  await alice.receive(await bob.send('turn'));
  const one = await sendAll(alice, ['d', 'e']);
  await alice.receive(await bob.send('turn'));
  const two = await sendAll(alice, ['f', 'g']);
  expect(await restoreOrder(bob, [...one, ...two].toReversed())).toEqual(['d', 'e', 'f', 'g']);
});
