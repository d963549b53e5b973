import { generateIdentity } from '@multiconnect/signal';
import { beforeAll, describe, expect, it } from 'vitest';
import { alice, type Bench, bob, createBench as benchOf, type BenchOptions, strangers } from './testing/bench.ts';
import { newPhoneKeys } from './testing/phones.ts';
import type { World } from './testing/simulation.ts';

let world: World;

beforeAll(async () => {
  world = { keys: [await newPhoneKeys(101), await newPhoneKeys(102)], local: { deviceId: 7, identity: await generateIdentity() } };
});

const createBench = (options?: BenchOptions) => benchOf(world, options);

/** A sender whose customers have had a message each. */
async function establishedBench(options?: BenchOptions): Promise<Bench> {
  const bench = createBench(options);
  bench.online();
  bench.accept(alice, 'first');
  bench.accept(bob, 'first');
  await bench.flow();
  expect(bench.statesOf(alice)).toEqual(['sent']);
  expect(bench.statesOf(bob)).toEqual(['sent']);
  return bench;
}

describe('a stream that changes', () => {
  it('in the middle of a commit: what is new goes out after what the old stream had', async () => {
    const bench = await establishedBench();
    const older = bench.accept(alice);
    bench.sender.sweep();
    await bench.clock.settle();
    const newer = bench.accept(alice);
    bench.sender.sweep();
    bench.storeDoor.shut();
    await bench.clock.settle();
    bench.server.stream?.drop(true);
    bench.online();
    bench.storeDoor.open();
    await bench.flow();
    const second = bench.server.written.filter(({ stream }) => stream === 2).map(({ id }) => id);
    expect(second).toEqual([older, newer]);
    expect(bench.phones.get(alice)?.shown).toEqual(['first', 'text 3', 'text 4']);
  });

  it('in the middle of a recovery: the next stream gets all of it, in order', async () => {
    const bench = await establishedBench({ limits: { maxLoaded: 2 } });
    const ids = Array.from({ length: 6 }, () => bench.accept(alice));
    for (let sweep = 0; sweep < 6; sweep += 1) {
      bench.sender.sweep();
      await bench.clock.settle();
    }
    expect(bench.written()).toEqual(expect.arrayContaining(ids));
    bench.server.stream?.drop(true);

    const { outbox } = bench.store.ports(() => Promise.resolve());
    expect(await outbox.unacknowledged(1, [0], -1, 10)).toHaveLength(6);
    // The second stream has had a page when the third one comes.
    bench.server.onWritten = (transmission) => {
      bench.server.written.push(transmission);
      if (transmission.stream === 2 && transmission.id === ids[1]) bench.storeDoor.shut();
    };
    bench.online();
    await bench.clock.settle();
    bench.online();
    bench.storeDoor.open();
    await bench.flow();
    expect(bench.server.written.filter(({ stream }) => stream === 3).map(({ id }) => id)).toEqual(ids);
  });

  it('and is found closed only when written to: the rest waits for the next one', async () => {
    const bench = await establishedBench();
    bench.server.stream?.drop(false);
    const ids = [bench.accept(alice), bench.accept(bob)];
    await bench.flow();
    expect(bench.statesOf(alice)).toEqual(['sent', 'encrypted']);
    bench.online();
    await bench.flow();
    expect(bench.written().slice(2)).toEqual(ids);
    expect(bench.statesOf(bob)).toEqual(['sent', 'sent']);
  });
});

describe('a message that cannot be sent', () => {
  it('fails with the generic error and holds up neither its customer nor anybody else [error.500]', async () => {
    const bench = await establishedBench();
    const poison = [
      bench.store.accept(alice, { text: {} }),
      bench.store.accept(alice, { image: {} }, 'image'),
      bench.store.accept(alice, null),
      bench.store.accept(alice, { stanza_id: '' }, 'read-marker'),
    ];
    bench.accept(alice, 'after');
    bench.accept(bob, 'too');
    await bench.flow();
    for (const id of poison) expect(bench.store.messages.get(id)).toMatchObject({ state: 'failed', error: { code: 500 } });
    expect(bench.phones.get(alice)?.shown).toEqual(['first', 'after']);
    expect(bench.phones.get(bob)?.shown).toEqual(['first', 'too']);
    expect(bench.troubles.filter(({ what }) => what === 'message')).toHaveLength(poison.length);
  });

  it('is found among others when the store refuses them together, and given up when it has long refused it alone', async () => {
    const bench = await establishedBench();
    bench.store.refuse = (ids) => ids.includes('m3');
    bench.accept(alice, 'refused');
    bench.accept(bob, 'not refused');
    await bench.flow(4);
    expect(bench.phones.get(bob)?.shown).toEqual(['first', 'not refused']);
    expect(bench.statesOf(alice)).toEqual(['sent', 'accepted']);
    await bench.flow(400);
    expect(bench.store.messages.get('m3')).toMatchObject({ state: 'failed', error: { code: 500 } });
    bench.accept(alice, 'after');
    await bench.flow();
    expect(bench.phones.get(alice)?.shown).toEqual(['first', 'after']);
  });

  it.each([0, 1, 4, 7])('is the only one of its customer’s batch that becomes a dead letter: at place %i', async (place) => {
    const bench = await establishedBench();
    const ids = Array.from({ length: 8 }, (_, index) => bench.accept(alice, `${index}`));
    const poison = ids[place] ?? '';
    bench.store.refuse = (together) => together.includes(poison);
    await bench.flow(200);
    const others = ids.flatMap((id, index) => (id === poison ? [] : [String(index)]));
    expect(bench.phones.get(alice)?.shown).toEqual(['first', ...others]);
    expect(bench.store.messages.get(poison)).toMatchObject({ state: 'failed', error: { code: 500 }, deadReason: 'Error' });
  });
});

describe('customers who cannot be reached yet', () => {
  it('wait without holding up others, and get everything in order once they can', async () => {
    const bench = createBench();
    bench.publish(alice, false);
    bench.online();
    bench.accept(alice, 'one');
    bench.accept(bob, 'hello');
    await bench.flow();
    bench.accept(alice, 'two');
    await bench.flow();
    expect(bench.phones.get(bob)?.shown).toEqual(['hello']);
    expect(bench.statesOf(alice)).toEqual(['accepted', 'accepted']);
    bench.publish(alice, true);
    bench.accept(alice, 'three');
    await bench.flow(20);
    expect(bench.phones.get(alice)?.shown).toEqual(['one', 'two', 'three']);
  });

  it('are asked for less and less often', async () => {
    const bench = createBench();
    bench.publish(alice, false);
    bench.online();
    bench.accept(alice);
    await bench.flow(1_000);
    expect(bench.asked.length).toBeGreaterThan(7);
    expect(bench.asked.length).toBeLessThan(14);
  });

  it('are parked until the store says so, though two writes of their time have crossed', async () => {
    const bench = createBench();
    bench.publish(alice, false);
    bench.online();
    bench.accept(alice, 'one');
    await bench.flow(1);
    for (const message of bench.store.of(alice)) message.retryAtMs = (message.retryAtMs ?? 0) + 30_000;
    bench.publish(alice, true);
    await bench.flow(20);
    expect(bench.statesOf(alice)).toEqual(['accepted']);
    await bench.flow(30);
    expect(bench.statesOf(alice)).toEqual(['sent']);
  });

  it('fail when they are not on the network, each message once [error.1013]', async () => {
    const bench = createBench({ resolve: () => Promise.resolve({ status: 'invalid' }) });
    bench.online();
    bench.accept(alice);
    bench.accept(alice);
    await bench.flow();
    expect(bench.store.of(alice).map(({ error }) => error?.code)).toEqual([1013, 1013]);
  });
});

describe('look-ups', () => {
  it('do not hold up customers whose devices are known, however many wait', async () => {
    const bench = await establishedBench();
    bench.networkDoor.shut();
    for (const stranger of strangers.slice(0, 10)) bench.accept(stranger);
    const id = bench.accept(alice);
    await bench.flow(1);
    expect(bench.written()).toContain(id);
    expect(bench.sender.backlog).toBe(10);
  });

  it('that are slow make room in a full memory', async () => {
    const bench = await establishedBench();
    bench.networkDoor.shut();
    for (const stranger of strangers) bench.accept(stranger);
    const id = bench.accept(alice);
    await bench.flow(5);
    expect(bench.written()).toContain(id);
  });

  it('are not more than allowed, do not spin, and let the next one in as they end', async () => {
    const bench = createBench();
    const customers = strangers.slice(0, 6);
    bench.networkDoor.shut();
    bench.online();
    for (const customer of customers) bench.accept(customer);
    await bench.clock.settle();
    expect(bench.asked).toHaveLength(2);
    const statements = bench.store.statements;
    await bench.clock.settle();
    await bench.clock.settle();
    expect(bench.store.statements).toBe(statements);
    bench.networkDoor.open();
    await bench.flow();
    for (const customer of customers) expect(bench.statesOf(customer)).toEqual(['sent']);
  });

  it('take along what arrives meanwhile, in order', async () => {
    const bench = createBench();
    bench.networkDoor.shut();
    bench.online();
    bench.accept(alice, 'one');
    await bench.clock.settle();
    bench.accept(alice, 'two');
    bench.sender.sweep();
    await bench.clock.settle();
    bench.networkDoor.open();
    await bench.flow();
    expect(bench.phones.get(alice)?.shown).toEqual(['one', 'two']);
  });

  it('that fail do not stop messages to a device that is known', async () => {
    const bench = await establishedBench();
    await bench.clock.advance(3_700_000); // the list is old now
    bench.network.isDown = true;
    const asked = bench.asked.length;
    bench.accept(alice, 'after an hour');
    await bench.flow();
    expect(bench.phones.get(alice)?.shown).toEqual(['first', 'after an hour']);
    expect(bench.asked.length).toBe(asked + 1);
  });
});
