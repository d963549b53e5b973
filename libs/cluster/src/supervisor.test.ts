import { createFakeClock } from '@multiconnect/clock';
import { beforeEach, describe, expect, it } from 'vitest';
import { ownerId } from './identity.ts';
import { runMembership } from './membership.ts';
import type { Membership } from './membership.ts';
import { createMemoryHeartbeatStore, createMemoryNodeRegistry } from './memory-membership.ts';
import { createMemoryShardMap } from './memory-shard-map.ts';
import { createMemoryTermStore } from './memory-term-store.ts';
import { runNodeWatch } from './node-watch.ts';
import { controlShard, StaleTerm } from './shard-map.ts';
import type { ShardChange } from './shard-map.ts';
import { createMemoryShardMapWake } from './shard-wake.ts';
import type { PrepareShards } from './regroupings.ts';
import { runShardSupervisor } from './supervisor.ts';
import { createTerm } from './term.ts';
import { faulty } from './testing/faulty.ts';
import { createProcess } from './testing/frozen.ts';
import { nodeNamed } from './testing/membership-conformance.ts';

describe('runShardSupervisor', () => {
  let clock: ReturnType<typeof createFakeClock>;
  let heartbeats: ReturnType<typeof createMemoryHeartbeatStore>;
  let terms: ReturnType<typeof createMemoryTermStore>;
  let shardMap: ReturnType<typeof createMemoryShardMap>;
  let wakes: number;
  let errors: unknown[];
  let shardCount: number;
  beforeEach(() => {
    clock = createFakeClock();
    heartbeats = createMemoryHeartbeatStore(clock);
    terms = createMemoryTermStore();
    shardMap = createMemoryShardMap(terms);
    wakes = 0;
    errors = [];
    shardCount = 2;
  });

  const start = (id: string) => {
    const draining = { value: false };
    const life = createProcess(clock);
    const membership: Membership = runMembership({
      heartbeats,
      registry: createMemoryNodeRegistry(clock),
      clock: life.clock,
      node: nodeNamed(id),
      status: () => ({ draining: draining.value, shards: [] }),
      onError: (error) => errors.push(error),
    });
    return { draining, membership, kill: () => life.kill() };
  };
  const watch = (store = heartbeats) => runNodeWatch({ heartbeats: store, clock, onError: (error) => errors.push(error) });
  const lead = async (nodes = watch(), prepare: PrepareShards = () => Promise.resolve()) => {
    const number = await terms.next('leader');
    const term = createTerm({ number, clock, trustedUntilMs: Number.MAX_SAFE_INTEGER, onEnd: () => undefined });
    const wake = createMemoryShardMapWake();
    await wake.subscribe(() => (wakes += 1));
    const supervisor = runShardSupervisor({
      shardMap,
      nodes,
      wake,
      clock,
      term: term.handle,
      accounts: () => Promise.resolve([{ account: 1, shardCount }]),
      prepare,
      onAssigned: () => undefined,
      onError: (error) => errors.push(error),
    });
    return { term, supervisor };
  };
  const owners = async () =>
    Object.fromEntries((await shardMap.read(1)).map(({ shard, owner }) => [shard, owner?.split('#')[0] ?? null]));

  it('makes the shards and gives each to a living coreapp, and wakes the owners', async () => {
    start('a');
    start('b');
    await lead();
    await clock.advance(300);
    expect(await owners()).toEqual({ [controlShard]: 'a', 0: 'a', 1: 'b' });
    expect(wakes).toBeGreaterThan(0);
    const before = wakes;
    await clock.advance(60_000);
    expect(wakes).toBe(before);
  });

  it('reassigns a killed owner within 2 s of its death', async () => {
    const a = start('a');
    start('b');
    await lead();
    await clock.advance(10_000);
    a.kill();
    await clock.advance(2000);
    expect(await owners()).toEqual({ [controlShard]: 'b', 0: 'b', 1: 'b' });
  });

  it('hands a draining owner over at the next look', async () => {
    const a = start('a');
    start('b');
    await lead();
    await clock.advance(10_000);
    a.draining.value = true;
    await a.membership.beatNow();
    await clock.advance(250);
    expect(await owners()).toEqual({ [controlShard]: 'b', 0: 'b', 1: 'b' });
  });

  it('moves nothing when the heartbeats are emptied, and nothing while they cannot be read', async () => {
    start('a');
    start('b');
    const broken = faulty(heartbeats);
    await lead(watch(broken.store));
    await clock.advance(10_000);
    const before = await shardMap.read(1);
    heartbeats.clear();
    await clock.advance(5000);
    broken.set('silent');
    await clock.advance(30_000);
    broken.set('none');
    await clock.advance(5000);
    expect(await shardMap.read(1)).toEqual(before);
  });

  it('as a new leader that watched all along, reassigns at its first look what a dead node owns, though its heartbeat is long gone', async () => {
    start('b');
    const silent = start('silent');
    const nodes = watch();
    await clock.advance(1000);
    silent.kill();
    await clock.advance(5000);
    await terms.next('leader');
    await shardMap.ensureShards(1, 1, 2);
    await shardMap.assign(1, [{ account: 1, shard: 0, owner: ownerId(nodeNamed('silent')) }]);
    await lead(nodes);
    await clock.advance(10);
    expect(await owners()).toMatchObject({ 0: 'b' });
  });

  it('as a new master, gives owners that are silent the same grace', async () => {
    start('b');
    await terms.next('leader');
    await shardMap.ensureShards(1, 1, 2);
    await shardMap.assign(1, [{ account: 1, shard: 0, owner: 'silent#1' }]);
    await lead();
    await clock.advance(1400);
    expect(await owners()).toMatchObject({ 0: 'silent' });
    await clock.advance(600);
    expect(await owners()).toMatchObject({ 0: 'b' });
  });

  it('changes the number of shards when the account does', async () => {
    start('a');
    await lead();
    await clock.advance(300);
    shardCount = 4;
    await clock.advance(500);
    expect(Object.keys(await owners())).toHaveLength(5);
    expect(new Set(Object.values(await owners()))).toEqual(new Set(['a']));
  });

  describe('before slots are regrouped into more shards', () => {
    const asked: ShardChange[][] = [];
    let ready: PromiseWithResolvers<void>;
    const prepare: PrepareShards = (shards) => {
      asked.push([...shards]);
      return ready.promise;
    };
    beforeEach(async () => {
      asked.splice(0);
      ready = Promise.withResolvers();
      start('a');
      start('b');
      await lead(watch(), prepare);
      await clock.advance(1000);
      shardCount = 4;
      await clock.advance(1000);
    });
    const counts = async () => (await shardMap.read(1)).map((row) => row.shardCount);

    it('asks their owners-to-be to get ready, once, and regroups when they are', async () => {
      expect(asked).toHaveLength(1);
      expect(asked[0]?.map(({ shard, owner }) => [shard, owner?.split('#')[0]])).toEqual([[2, 'a'], [3, 'b']]);
      expect(await counts()).toEqual([2, 2, 2]);
      ready.resolve();
      await clock.settle();
      expect(await owners()).toEqual({ [controlShard]: 'a', 0: 'a', 1: 'b', 2: 'a', 3: 'b' });
    });

    it('regroups without those that do not get ready in time', async () => {
      await clock.advance(3000);
      expect(await counts()).toEqual([2, 2, 2]);
      await clock.advance(2000);
      expect(await counts()).toEqual([4, 4, 4, 4, 4]);
    });

    it('gives the shards of who dies meanwhile to others', async () => {
      heartbeats.clear();
      const c = start('c');
      await shardMap.assign(1, [{ account: 1, shard: 1, owner: 'gone#1' }]);
      await clock.advance(2000);
      expect(await owners()).toMatchObject({ 1: expect.stringMatching(/^[abc]$/) as string });
      expect(await counts()).toEqual([2, 2, 2]);
      c.kill();
    });

    it('regroups nothing when the number is changed back', async () => {
      shardCount = 2;
      await clock.advance(500);
      ready.resolve();
      await clock.advance(10_000);
      expect(await counts()).toEqual([2, 2, 2]);
    });

    it('asks anew for another number', async () => {
      shardCount = 8;
      await clock.advance(500);
      ready.resolve();
      await clock.advance(500);
      expect(asked).toHaveLength(2);
      expect(await counts()).toHaveLength(9);
    });

    it('asks nobody and waits for nobody when there are to be fewer', async () => {
      shardCount = 1;
      await clock.advance(500);
      expect(asked).toHaveLength(1);
      expect(await counts()).toEqual([1, 1]);
    });
  });

  it('resigns and writes nothing more when a newer term has begun', async () => {
    start('a');
    const { term, supervisor } = await lead();
    await clock.advance(300);
    await terms.next('another');
    start('b');
    await clock.advance(1000);
    await supervisor.ended;
    expect(term.ended()).toBe('resigned');
    expect(errors).toEqual([new StaleTerm(1)]);
    expect(await owners()).toMatchObject({ 0: 'a', 1: 'a' });
  });

  it('ends with its term', async () => {
    const nodes = watch();
    const { term, supervisor } = await lead(nodes);
    await clock.advance(1000);
    term.end('stopped');
    await supervisor.ended;
    await nodes.stop();
    expect(clock.pending()).toBe(0);
  });
});
