import { generateIdentity } from '@multiconnect/signal';
import { beforeAll, describe, expect, it } from 'vitest';
import { alice, bob, createBench as benchOf, type BenchOptions, strangers } from './testing/bench.ts';
import { newPhoneKeys } from './testing/phones.ts';
import type { World } from './testing/simulation.ts';

let world: World;

beforeAll(async () => {
  world = { keys: [await newPhoneKeys(101), await newPhoneKeys(102)], local: { deviceId: 7, identity: await generateIdentity() } };
});

const createBench = (options?: BenchOptions) => benchOf(world, options);

/** Whether a promise has settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending;
}

describe('a commit whose outcome is unknown', () => {
  it('is looked up in the store: what was committed goes out as it was committed, and the ratchet goes on from there', async () => {
    const bench = createBench();
    bench.online();
    bench.accept(alice, 'one');
    await bench.flow();
    bench.accept(alice, 'two');
    bench.store.faults.push('after-commit');
    await bench.flow();
    bench.accept(alice, 'three');
    await bench.flow();
    expect(bench.phones.get(alice)?.shown).toEqual(['one', 'two', 'three']);
    expect(bench.phones.get(alice)?.unreadable).toEqual([]);
  });
});

describe('a sender that has lost its shard', () => {
  it('sends nothing of the commit that was refused, says so once, and lets its hints go', async () => {
    const bench = createBench();
    bench.online();
    const id = bench.accept(alice);
    const hint = bench.sender.hint([id]);
    bench.storeDoor.shut();
    await bench.clock.settle();
    bench.store.epoch = 2;
    bench.storeDoor.open();
    await bench.flow();
    expect(bench.written()).toEqual([]);
    expect(bench.store.landed).toEqual([]);
    expect(bench.fenced).toHaveLength(1);
    await hint;
    await bench.sender.hint(['anything']);
    bench.sender.sweep();
    await bench.flow();
    expect(bench.store.landed).toEqual([]);
  });
});

describe('hints', () => {
  it('resolve when their messages are acknowledged, and not before', async () => {
    const bench = createBench();
    bench.online();
    const hint = bench.sender.hint([bench.accept(alice), bench.accept(bob)]);
    await bench.clock.settle();
    await bench.server.stream?.read();
    await bench.clock.settle();
    expect(await isSettled(hint)).toBe(false);
    bench.server.stream?.acknowledge();
    await bench.clock.settle();
    expect(await isSettled(hint)).toBe(true);
  });

  it('of messages that are not ours, are sent already, or come twice, resolve', async () => {
    const bench = createBench();
    bench.online();
    const id = bench.accept(alice);
    await bench.flow();
    const hint = bench.sender.hint([id, 'not-ours', 'not-ours']);
    await bench.clock.settle();
    expect(await isSettled(hint)).toBe(true);
  });

  it('of messages that are not ours resolve though the store fails when it is asked', async () => {
    const bench = createBench();
    bench.online();
    await bench.flow(1);
    bench.store.isDown = true;
    const hint = bench.sender.hint(['not-ours']);
    await bench.flow();
    expect(await isSettled(hint)).toBe(false);
    bench.store.isDown = false;
    await bench.flow();
    expect(await isSettled(hint)).toBe(true);
  });

  it('resolve when their customer is parked, or their message has failed', async () => {
    const bench = createBench();
    bench.publish(alice, false);
    bench.online();
    const parked = bench.sender.hint([bench.accept(alice)]);
    const failed = bench.sender.hint([bench.store.accept(bob, {})]);
    await bench.flow();
    expect(await isSettled(parked)).toBe(true);
    expect(await isSettled(failed)).toBe(true);
  });

  it('resolve when their message has failed and nobody heard of it', async () => {
    const bench = createBench();
    bench.online();
    await bench.flow();
    bench.store.faults.push('after-commit');
    const failed = bench.sender.hint([bench.store.accept(alice, {})]);
    await bench.flow();
    expect(bench.statesOf(alice)).toEqual(['failed']);
    expect(await isSettled(failed)).toBe(true);
  });

  it('of messages behind a long backlog wait for their turn', async () => {
    const bench = createBench({ limits: { maxLoaded: 4, maxBatch: 2, maxInFlight: 2 } });
    bench.online();
    await bench.clock.settle();
    for (let index = 0; index < 12; index += 1) bench.accept(alice);
    const last = bench.sender.hint([bench.accept(alice)]);
    await bench.flow(1);
    expect(await isSettled(last)).toBe(false);
    await bench.flow(10);
    expect(await isSettled(last)).toBe(true);
    expect(bench.phones.get(alice)?.shown).toHaveLength(13);
  });
});

describe('acknowledgements', () => {
  it('are committed though the store is away for a while, and no more is sent than may be in flight', async () => {
    const bench = createBench({ limits: { maxInFlight: 4 } });
    bench.online();
    bench.accept(alice);
    await bench.flow();
    for (let index = 0; index < 8; index += 1) bench.accept(alice);
    bench.sender.sweep();
    await bench.clock.settle();
    bench.store.isDown = true;
    await bench.flow(30);
    expect(bench.statesOf(alice).filter((state) => state === 'encrypted')).toHaveLength(4);
    bench.store.isDown = false;
    await bench.flow(6);
    expect(new Set(bench.statesOf(alice))).toEqual(new Set(['sent']));
    expect(bench.phones.get(alice)?.shown).toHaveLength(9);
  });
});

describe('a long backlog', () => {
  it('is taken over in bounded pieces, in order, without a message left', async () => {
    const bench = createBench({ limits: { maxLoaded: 10, maxBatch: 4, maxInFlight: 6 } });
    for (let index = 0; index < 100; index += 1) bench.accept(strangers[index % 3] ?? alice, `${index}`);
    bench.online();
    for (let second = 0; second < 40; second += 1) {
      await bench.flow(1);
      expect(bench.sender.backlog).toBeLessThanOrEqual(2 * 10 + 6);
    }
    for (const [index, customer] of strangers.slice(0, 3).entries()) {
      const own = Array.from({ length: 100 }, (_, place) => place).filter((place) => place % 3 === index);
      expect(bench.phones.get(customer)?.shown).toEqual(own.map(String));
    }
  });

  it('of a customer who is parked follows it out of memory', async () => {
    const bench = createBench({ limits: { maxLoaded: 10 } });
    bench.publish(alice, false);
    bench.online();
    for (let index = 0; index < 30; index += 1) bench.accept(alice, `${index}`);
    bench.accept(bob, 'behind');
    await bench.flow(10);
    expect(bench.phones.get(bob)?.shown).toEqual(['behind']);
    bench.publish(alice, true);
    await bench.flow(60);
    expect(bench.phones.get(alice)?.shown).toEqual(Array.from({ length: 30 }, (_, index) => String(index)));
  });
});

describe('a device that could not be understood', () => {
  const deviceOf = (customer: string, bench: ReturnType<typeof createBench>) => bench.phones.get(customer)?.keys.local.deviceId ?? 0;

  it('gets a fresh session once, and later messages in it', async () => {
    const bench = createBench();
    bench.online();
    bench.accept(alice, 'one');
    await bench.flow();
    const heals = [1, 2, 3].map(() => bench.sender.heal(alice, 0, deviceOf(alice, bench)));
    await bench.flow();
    await Promise.all(heals);
    await bench.sender.heal(alice, 0, deviceOf(alice, bench));
    expect(bench.written()).toHaveLength(2);
    bench.accept(alice, 'two');
    await bench.flow();
    expect(bench.phones.get(alice)?.shown).toEqual(['one', 'two']);
    expect(bench.store.ciphertexts.size).toBe(0);
  });

  it('waits while its ratchets are in use, and while there is no stream', async () => {
    const bench = createBench();
    bench.book.claim([alice]);
    bench.online();
    const healed = bench.sender.heal(alice, 0, deviceOf(alice, bench));
    await bench.flow();
    expect(bench.written()).toEqual([]);
    bench.sender.offline();
    bench.book.release([alice]);
    await bench.clock.settle();
    expect(await isSettled(healed)).toBe(false);
    bench.online();
    await bench.flow();
    expect(await isSettled(healed)).toBe(true);
    expect(bench.written()).toHaveLength(1);
  });

  it('is tried again when the network does not answer, a few times', async () => {
    const bench = createBench();
    bench.online();
    bench.network.isDown = true;
    const healed = bench.sender.heal(alice, 0, deviceOf(alice, bench));
    await bench.flow(60);
    expect(await isSettled(healed)).toBe(true);
    expect(bench.asked.length).toBe(5);
  });
});

describe('a sender that is stopped', () => {
  it('writes nothing any more, whatever was under way', async () => {
    const bench = createBench();
    bench.publish(bob, false);
    bench.networkDoor.shut();
    bench.online();
    bench.accept(alice);
    bench.accept(bob);
    void bench.sender.heal(strangers[0] ?? '', 0, 101);
    await bench.clock.settle();
    await bench.sender.stop();
    const landed = bench.store.landed.length;
    bench.online();
    bench.networkDoor.open();
    await bench.flow(10);
    expect(bench.store.landed).toHaveLength(landed);
  });
});
