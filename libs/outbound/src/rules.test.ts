import { generateIdentity } from '@multiconnect/signal';
import type { CustomerState } from '@multiconnect/devices';
import type { AcceptedRow } from '@multiconnect/message-store';
import { beforeAll, describe, expect, it } from 'vitest';
import { refusalOf } from './rules.ts';
import { alice, type Bench, bob, createBench as benchOf } from './testing/bench.ts';
import { newPhoneKeys } from './testing/phones.ts';
import type { World } from './testing/simulation.ts';

const hourMs = 3_600_000;
let world: World;

beforeAll(async () => {
  world = { keys: [await newPhoneKeys(101), await newPhoneKeys(102)], local: { deviceId: 7, identity: await generateIdentity() } };
});

/** A sender whose customers have had a message each; alice has a new phone since. */
async function benchWithNewPhone(areIdentityChangesShown: boolean): Promise<Bench> {
  const bench = benchOf(world);
  bench.rules.areIdentityChangesShown = areIdentityChangesShown;
  bench.online();
  bench.accept(alice, 'first');
  bench.accept(bob, 'first');
  await bench.flow();
  bench.install(alice, world.keys[1] ?? expect.fail('no keys'));
  await bench.clock.advance(hourMs + 1);
  return bench;
}

const errorsOf = (bench: Bench, customer: string) => bench.store.of(customer).map(({ error }) => error?.code);

describe('the first identity of a customer', () => {
  it('is stored acknowledged, and told to nobody', async () => {
    const bench = benchOf(world);
    bench.rules.areIdentityChangesShown = true;
    bench.online();
    bench.accept(alice);
    await bench.flow();
    expect(bench.statesOf(alice)).toEqual(['sent']);
    expect(bench.store.identities.get(alice)).toMatchObject({ isAcknowledged: true });
    expect(bench.store.told).toEqual([]);
  });
});

describe('a customer with a phone installed anew', () => {
  it('is told once, fails what was accepted with 1028, and gets messages again once acknowledged', async () => {
    const bench = await benchWithNewPhone(true);
    const before = bench.store.identities.get(alice);
    bench.accept(alice);
    bench.accept(alice);
    bench.accept(bob);
    await bench.flow();
    expect(bench.statesOf(alice)).toEqual(['sent', 'failed', 'failed']);
    expect(errorsOf(bench, alice)).toEqual([undefined, 1028, 1028]);
    expect(bench.statesOf(bob)).toEqual(['sent', 'sent']);
    const identity = bench.store.identities.get(alice) ?? expect.fail('no identity');
    expect(identity).toMatchObject({ isAcknowledged: false });
    expect(identity.hash).not.toBe(before?.hash);
    expect(bench.store.told).toMatchObject([{ from: alice, content: { type: 'system', system: { type: 'user_identity_changed', identity: { hash: identity.hash } } } }]);
    bench.accept(alice);
    await bench.flow();
    expect(errorsOf(bench, alice)).toEqual([undefined, 1028, 1028, 1028]);

    bench.store.identities.set(alice, { ...identity, isAcknowledged: true });
    bench.accept(alice);
    await bench.flow();
    expect(bench.statesOf(alice).at(-1)).toBe('sent');
    expect(bench.store.told).toHaveLength(1);
    expect(bench.store.identities.get(alice)).toEqual({ ...identity, isAcknowledged: true });
  });

  it('is acknowledged silently where changes are not shown', async () => {
    const bench = await benchWithNewPhone(false);
    const before = bench.store.identities.get(alice);
    bench.accept(alice);
    await bench.flow();
    expect(bench.statesOf(alice)).toEqual(['sent', 'sent']);
    expect(bench.store.told).toEqual([]);
    expect(bench.store.identities.get(alice)).toMatchObject({ isAcknowledged: true });
    expect(bench.store.identities.get(alice)?.hash).not.toBe(before?.hash);
  });

  it('keeps waiting for the acknowledgement over an error whose outcome nobody knows', async () => {
    for (const fault of ['before-commit', 'after-commit'] as const) {
      const bench = await benchWithNewPhone(true);
      bench.store.faults.push(fault);
      bench.accept(alice);
      await bench.flow(10);
      expect(bench.statesOf(alice)).toEqual(['sent', 'failed']);
      expect(bench.store.identities.get(alice)).toMatchObject({ isAcknowledged: false });
    }
  });
});

describe('the window of 24 hours', () => {
  const day = 24 * hourMs;
  const row = (type: string, acceptedAtMs: number): AcceptedRow => ({ id: 'm', seq: 1, customer: alice, slot: 0, type, body: {}, attempts: 0, acceptedAtMs });
  const heard = (heardAtMs?: number): CustomerState => ({ customer: alice, slot: 0, listed: [], isListStored: true, sessions: new Map(), ...(heardAtMs !== undefined && { heardAtMs }) });
  const limited = { areIdentityChangesShown: false, isReengagementLimited: true };
  const codeOf = (accepted: AcceptedRow, state: CustomerState, rules = limited) => refusalOf(accepted, state, rules, accepted.acceptedAtMs)?.code;

  it('refuses with 470 what was accepted later than a day after the customer’s last message, or without any [error.470]', () => {
    expect(codeOf(row('text', 10 * day), heard(9 * day))).toBeUndefined();
    expect(codeOf(row('text', 10 * day + 60_001), heard(9 * day))).toBe(470);
    expect(codeOf(row('image', 10 * day), heard())).toBe(470);
  });

  it('is none for templates and read markers, and none at all unless the setting says so', () => {
    expect(codeOf(row('template', 10 * day), heard())).toBeUndefined();
    expect(codeOf(row('read-marker', 10 * day), heard())).toBeUndefined();
    expect(codeOf(row('text', 10 * day), heard(), { ...limited, isReengagementLimited: false })).toBeUndefined();
  });

  it('fails the message in its status, and sends again once the customer has written', async () => {
    const bench = benchOf(world);
    bench.rules.isReengagementLimited = true;
    bench.online();
    bench.accept(alice);
    await bench.flow();
    expect(errorsOf(bench, alice)).toEqual([470]);
    bench.store.heardAtMs.set(alice, bench.clock.nowMs());
    bench.book.forget([alice]);
    bench.accept(alice);
    await bench.flow();
    expect(bench.statesOf(alice)).toEqual(['failed', 'sent']);
  });
});
