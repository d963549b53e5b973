import { systemClock } from '@multiconnect/clock';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runElection } from './election.ts';
import type { Election } from './election.ts';
import { newBoot, nodeIdOf, ownerId } from './identity.ts';
import { clusterKeys } from './keys.ts';
import { runMembership } from './membership.ts';
import type { HeartbeatStore } from './membership.ts';
import { runNodeWatch } from './node-watch.ts';
import { runOwnership } from './ownership.ts';
import type { Ownership } from './ownership.ts';
import { createPostgresNodeRegistry } from './postgres-node-registry.ts';
import { createPostgresShardMap } from './postgres-shard-map.ts';
import { createRedisHeartbeatStore } from './redis-heartbeat-store.ts';
import { createRedisLeaseStore } from './redis-lease-store.ts';
import { createRedisShardMapWake } from './redis-shard-wake.ts';
import { StaleTerm } from './shard-map.ts';
import { runShardSupervisor } from './supervisor.ts';
import { createPostgresTermStore } from './term-store.ts';
import { createProcess } from './testing/frozen.ts';
import type { Process } from './testing/frozen.ts';
import { openTestServices } from './testing/services.ts';
import type { TestServices } from './testing/services.ts';
import { createSignalLog } from './testing/signal-log.ts';

let services: TestServices;
beforeAll(async () => {
  services = await openTestServices();
});
afterAll(() => services.close());

interface Event {
  readonly node: string;
  readonly what: 'elected' | 'deposed' | 'looked' | 'acquired' | 'lost';
  /** The term, the shard, or how often the leaders have looked. */
  readonly number: number;
  readonly atMs: number;
}
interface Node {
  readonly life: Process;
  readonly redis: Redis;
  stop(): Promise<void>;
}

describe('a cluster on Redis and PostgreSQL', () => {
  let prefix: string;
  let log: ReturnType<typeof createSignalLog<Event>>;
  let errors: unknown[];
  let nodes: Node[];
  let shardCount: number;
  let looks: number;
  beforeEach(async () => {
    prefix = services.newPrefix();
    log = createSignalLog();
    errors = [];
    nodes = [];
    shardCount = 2;
    looks = 0;
    await services.pool.query('DELETE FROM shard');
  });
  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
  });

  const note = (node: string, what: Event['what'], number: number) =>
    log.add({ node, what, number, atMs: systemClock.monotonicMs() });
  const onError = (error: unknown) => errors.push(error);
  const shardMap = () => createPostgresShardMap(services.pool);

  const watched = (id: string, heartbeats: HeartbeatStore): HeartbeatStore => ({
    ...heartbeats,
    readNodes: async () => {
      const read = await heartbeats.readNodes();
      looks += 1;
      note(id, 'looked', looks);
      return read;
    },
  });

  const connect = () => {
    const redis = services.connect();
    const wake = createRedisShardMapWake(redis, services.connect(), prefix);
    return { redis, wake, life: createProcess(systemClock) };
  };

  const master = (id: string): Node & { election: Election } => {
    const { redis, wake, life } = connect();
    const watch = runNodeWatch({
      heartbeats: life.reach(watched(id, createRedisHeartbeatStore(redis, prefix))),
      clock: life.clock,
      onError,
    });
    const election = runElection({
      leaseStore: life.reach(createRedisLeaseStore(redis, prefix)),
      terms: life.reach(createPostgresTermStore(services.pool)),
      clock: life.clock,
      holder: ownerId({ id, boot: newBoot() }),
      onElected: (term) => {
        note(id, 'elected', term.number);
        runShardSupervisor({
          shardMap: life.reach(shardMap()),
          nodes: watch,
          wake: life.reach(wake),
          clock: life.clock,
          term,
          accounts: () => Promise.resolve([{ account: 1, shardCount }]),
          onAssigned: () => undefined,
          onError,
        });
      },
      onDeposed: (_, term) => note(id, 'deposed', term.number),
      onError,
    });
    let killed = false;
    const node = {
      life: { ...life, kill: () => { killed = true; life.kill(); } },
      redis,
      election,
      stop: async () => {
        if (killed) return;
        await election.stop();
        await watch.stop();
      },
    };
    nodes.push(node);
    return node;
  };

  const coreapp = (id: string): Node & { ownership: Ownership } => {
    const { redis, wake, life } = connect();
    const boot = newBoot();
    let draining = false;
    const membership = runMembership({
      heartbeats: life.reach(createRedisHeartbeatStore(redis, prefix)),
      registry: life.reach(createPostgresNodeRegistry(services.pool)),
      clock: life.clock,
      node: { id, boot, role: 'coreapp', host: '127.0.0.1', port: 7000, startedAt: systemClock.nowMs() },
      status: () => ({ draining, shards: ownership.owned().map(({ account, shard }) => `${account}/${shard}`) }),
      onError,
    });
    const ownership = runOwnership({
      shardMap: life.reach(shardMap()),
      wake,
      clock: life.clock,
      owner: ownerId({ id, boot }),
      accounts: () => Promise.resolve([1]),
      onAcquired: ({ shard }) => note(id, 'acquired', shard),
      onLost: ({ shard }) => note(id, 'lost', shard),
      requestRelease: () => {
        draining = true;
        return membership.beatNow();
      },
      onError,
    });
    let killed = false;
    const stop = async () => {
      if (killed) return;
      await ownership.stop();
      await membership.stop();
    };
    const node = { life: { ...life, kill: () => { killed = true; life.kill(); } }, redis, ownership, stop };
    nodes.push(node);
    return node;
  };

  const happened = (node: string | null, what: Event['what'], matches: (number: number) => boolean = () => true) =>
    log.first((event) => (node === null || event.node === node) && event.what === what && matches(event.number));
  const nodeOf = (name: string, ofTwo: readonly [string, string]) => (ofTwo[0] === name ? ofTwo[1] : ofTwo[0]);
  const report = (what: string, sinceMs: number, event: Event) =>
    process.env['CLUSTER_TIMES'] && process.stdout.write(`${what}: ${Math.round(event.atMs - sinceMs)} ms\n`);

  it('elects one of two contenders, and the other when it is killed', async () => {
    const masters = { a: master('a'), b: master('b') };
    const first = await happened(null, 'elected');
    const leader = first.node === 'a' ? 'a' : 'b';
    const killedMs = systemClock.monotonicMs();
    masters[leader].life.kill();
    const next = await happened(nodeOf(leader, ['a', 'b']), 'elected');
    report('leader killed -> other leads', killedMs, next);
    expect(next.number).toBeGreaterThan(first.number);
  });

  it('hands leadership over when the leader stops', async () => {
    const masters = { a: master('a'), b: master('b') };
    const first = await happened(null, 'elected');
    const leader = first.node === 'a' ? 'a' : 'b';
    const stoppedMs = systemClock.monotonicMs();
    await masters[leader].election.stop();
    const told = log.all.filter(({ node, what }) => node === leader && what !== 'looked');
    expect(told.map(({ what }) => what)).toEqual(['elected', 'deposed']);
    const next = await happened(nodeOf(leader, ['a', 'b']), 'elected');
    report('leader stopped -> other leads', stoppedMs, next);
    const holder = await services.redis.get(clusterKeys(prefix).leader);
    expect(holder === null ? null : nodeIdOf(holder)).toBe(next.node);
  });

  it('goes on, in a newer term and with the same owners, after Redis was emptied', async () => {
    master('a');
    coreapp('x');
    coreapp('y');
    const first = await happened(null, 'elected');
    await Promise.all([happened(null, 'acquired', (shard) => shard === 0), happened(null, 'acquired', (shard) => shard === 1)]);
    const before = await shardMap().read(1);
    // As FLUSHALL, for this test's keys only.
    const keys = clusterKeys(prefix);
    await services.redis.del(keys.leader, keys.nodes, keys.node('x'), keys.node('y'));
    const next = await happened(null, 'elected', (term) => term > first.number);
    expect(next.node).toBe('a');
    const looksThatWouldKill = looks + 10;
    await happened('a', 'looked', (number) => number > looksThatWouldKill);
    expect((await shardMap().read(1)).map(({ owner, epoch }) => [owner, epoch])).toEqual(
      before.map(({ owner, epoch }) => [owner, epoch]),
    );
    expect(log.all.filter(({ what }) => what === 'lost')).toEqual([]);
  });

  it('gives the shards of a killed coreapp to another', async () => {
    master('a');
    const apps = { x: coreapp('x'), y: coreapp('y') };
    const owned = await happened(null, 'acquired', (shard) => shard === 0);
    await happened(null, 'acquired', (shard) => shard === 1);
    const owner = owned.node === 'x' ? 'x' : 'y';
    const killedMs = systemClock.monotonicMs();
    apps[owner].life.kill();
    const taken = await happened(nodeOf(owner, ['x', 'y']), 'acquired', (shard) => shard === 0);
    report('owner killed -> another acquired', killedMs, taken);
  });

  it('gives the shards of a coreapp to another though the leader is killed at the same moment', async () => {
    const masters = { a: master('a'), b: master('b') };
    const leader = (await happened(null, 'elected')).node === 'a' ? 'a' : 'b';
    const apps = { x: coreapp('x'), y: coreapp('y') };
    const owned = await happened(null, 'acquired', (shard) => shard === 0);
    await happened(null, 'acquired', (shard) => shard === 1);
    const owner = owned.node === 'x' ? 'x' : 'y';
    const killedMs = systemClock.monotonicMs();
    masters[leader].life.kill();
    apps[owner].life.kill();
    const taken = await happened(nodeOf(owner, ['x', 'y']), 'acquired', (shard) => shard === 0);
    report('leader and owner killed -> another acquired', killedMs, taken);
  });

  it('fences and replaces a coreapp that was frozen, and takes it back when it thaws', async () => {
    master('a');
    const apps = { x: coreapp('x'), y: coreapp('y') };
    const owned = await happened(null, 'acquired', (shard) => shard === 0);
    await happened(null, 'acquired', (shard) => shard === 1);
    const frozen = owned.node === 'x' ? 'x' : 'y';
    apps[frozen].life.freeze();
    await happened(nodeOf(frozen, ['x', 'y']), 'acquired', (shard) => shard === 0);
    apps[frozen].life.thaw();
    await happened(frozen, 'lost', (shard) => shard === 0);
    const events = log.all.length;
    const back = await log.first((event) => event.node === frozen && event.what === 'acquired' && log.all.indexOf(event) >= events);
    expect(back.number).toBeGreaterThanOrEqual(0);
  });

  it('hands the shards of a draining coreapp over, and ends its drain', async () => {
    master('a');
    const apps = { x: coreapp('x'), y: coreapp('y') };
    const owned = await happened(null, 'acquired', (shard) => shard === 0);
    await happened(null, 'acquired', (shard) => shard === 1);
    const leaving = owned.node === 'x' ? 'x' : 'y';
    const drainMs = systemClock.monotonicMs();
    expect(await apps[leaving].ownership.drain(30_000)).toEqual([]);
    report('drain begun -> another acquired', drainMs, await happened(nodeOf(leaving, ['x', 'y']), 'acquired', (shard) => shard === 0));
  });

  it('deposes a leader whose term is stale, and goes on under a newer one', async () => {
    master('a');
    coreapp('x');
    const first = await happened('a', 'elected');
    await happened('x', 'acquired', (shard) => shard === 0);
    const newer = await createPostgresTermStore(services.pool).next('elsewhere');
    coreapp('y');
    await happened('a', 'deposed', (term) => term === first.number);
    const next = await happened('a', 'elected', (term) => term > newer);
    expect(next.number).toBe(newer + 1);
    await happened('y', 'acquired');
    expect(errors.filter((error) => error instanceof StaleTerm)).toHaveLength(1);
  });

  it('changes the number of shards while it runs', async () => {
    master('a');
    coreapp('x');
    coreapp('y');
    await happened(null, 'acquired', (shard) => shard === 1);
    shardCount = 4;
    await Promise.all([2, 3].map((wanted) => happened(null, 'acquired', (shard) => shard === wanted)));
    const rows = await shardMap().read(1);
    expect(rows.every((row) => row.owner !== null && row.shardCount === 4)).toBe(true);
  });
});
