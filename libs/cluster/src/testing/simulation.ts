import { createFakeClock } from '@multiconnect/clock';
import type { Clock, FakeClock } from '@multiconnect/clock';
import { runElection } from '../election.ts';
import { ownerId } from '../identity.ts';
import { createMemoryLeaseStore } from '../lease-store.ts';
import { runMembership } from '../membership.ts';
import { createMemoryHeartbeatStore, createMemoryNodeRegistry } from '../memory-membership.ts';
import { createMemoryShardMap } from '../memory-shard-map.ts';
import { createMemoryTermStore } from '../memory-term-store.ts';
import { runNodeWatch } from '../node-watch.ts';
import { runOwnership } from '../ownership.ts';
import type { ShardLease } from '../shard-lease.ts';
import type { ShardRow } from '../shard-map.ts';
import { createMemoryShardMapWake } from '../shard-wake.ts';
import { runShardSupervisor } from '../supervisor.ts';
import { createProcess } from './frozen.ts';
import type { Process } from './frozen.ts';

/** What an owner committed: the next state of a session it had loaded once, as a ratchet's. */
export interface Commit {
  readonly shard: number;
  readonly epoch: number;
  /** The process that wrote it: unlike those of every other boot, whatever the owner's id says. */
  readonly process: number;
  readonly value: number;
}

export interface History {
  readonly commits: readonly Commit[];
  /** Every version of a shard's row that was written, in order. */
  readonly rows: readonly ShardRow[];
  /** The terms that each master's boot was told of, in order. */
  readonly terms: ReadonlyMap<string, readonly number[]>;
}

export type Role = 'master' | 'coreapp';

export interface Simulation {
  readonly clock: FakeClock;
  readonly history: History;
  freeze(role: Role, index: number): void;
  thaw(role: Role, index: number): void;
  /** kill -9, and a new boot under the same id. */
  restart(role: Role, index: number): void;
  /** kill -9. */
  kill(role: Role, index: number): void;
  emptyRedis(): void;
  resize(shardCount: number): void;
  /** Asks a coreapp to hand over all that it owns; it stays, and is given nothing more. */
  drain(index: number): void;
  /** From now on a statement reaches the database this much after it was sent. */
  delayStatements(ms: number): void;
  /** Everybody runs, and statements are as fast as they were. */
  recover(): void;
  /** How many masters trust that they lead now. */
  trustedLeaders(): number;
}

/**
 * What is left out, to see that the rest does not do without it. `epoch`: its comparison in the owners' writes. `term`: its comparison in the
 * leaders' writes. `trust`: a leader that stops to trust its lease before that can end. `boot`: the part of an owner's id that
 * tells one boot of a process from the next.
 */
export type Broken = 'epoch' | 'term' | 'trust' | 'boot';

const account = 1;
const writeEveryMs = 60;
/** A statement reaches the database this much after it was sent: that of a killed process still arrives. */
const databaseMs = 7;
const drainMs = 5000;
/** Beyond the lease's own time to live, when trust is broken. */
const overlongTrustMs = 3000;
/** What the owners-to-be of new shards take to get ready. */
const prepareMs = 400;

type Coreapp = Process & { drain(): void };

/** A whole cluster on one fake clock, with one thing left out if so asked. */
export function simulate(options: {
  readonly seed: number;
  readonly masters: number;
  readonly coreapps: number;
  readonly broken?: Broken | undefined;
}): Simulation {
  const clock = createFakeClock({ seed: options.seed });
  const leases = createMemoryLeaseStore(clock);
  const heartbeats = createMemoryHeartbeatStore(clock);
  const registry = createMemoryNodeRegistry(clock);
  const terms = createMemoryTermStore();
  const shardMap = createMemoryShardMap(options.broken === 'term' ? { ...terms, latest: () => 0 } : terms);
  const wake = createMemoryShardMapWake();
  const commits: Commit[] = [];
  const rows: ShardRow[] = [];
  const toldTerms = new Map<string, number[]>();
  const stored = new Map<number, number>();
  let shardCount = 2;
  let boots = 0;
  let statementMs = databaseMs;
  const late = <T extends object>(store: T) => lateBy(store, clock, () => statementMs);
  const leaders: (() => boolean)[] = [];

  const database = {
    load: (shard: number) => Promise.resolve(stored.get(shard) ?? 0),
    write: (process: number, { shard, epoch }: ShardLease, value: number) => {
      if (options.broken !== 'epoch' && !shardMap.isEpoch(account, shard, epoch)) return Promise.resolve(false);
      stored.set(shard, value);
      commits.push({ shard, epoch, process, value });
      return Promise.resolve(true);
    },
  };
  const isRecorded = ({ shard, epoch }: ShardRow) => rows.some((row) => row.shard === shard && row.epoch === epoch);
  const recordedMap = {
    ...shardMap,
    ensureShards: async (...args: Parameters<typeof shardMap.ensureShards>) => {
      const made = await shardMap.ensureShards(...args);
      rows.push(...made.filter((row) => row.term === args[0] && !isRecorded(row)));
      return made;
    },
    assign: async (...args: Parameters<typeof shardMap.assign>) => {
      const changed = await shardMap.assign(...args);
      rows.push(...changed);
      return changed;
    },
  };

  const bootMaster = (index: number): Process => {
    boots += 1;
    const life = createProcess(clock);
    const holder = ownerId({ id: `master${index}`, boot: String(boots) });
    const seen: number[] = [];
    toldTerms.set(holder, seen);
    const nodes = runNodeWatch({ heartbeats: life.reach(heartbeats), clock: life.clock, onError: () => undefined });
    const election = runElection({
      ...(options.broken === 'trust' && { trustMarginMs: -overlongTrustMs }),
      leaseStore: life.reach(leases),
      terms: life.reach(late(terms)),
      clock: life.clock,
      holder,
      onElected: (term) => {
        seen.push(term.number);
        runShardSupervisor({
          shardMap: life.reach(late(recordedMap)),
          nodes,
          wake: life.reach(wake),
          clock: life.clock,
          term,
          accounts: () => Promise.resolve([{ account, shardCount }]),
          prepare: () => life.clock.sleep(prepareMs),
          onAssigned: () => undefined,
          onError: () => undefined,
        });
      },
      onDeposed: () => undefined,
      onError: () => undefined,
    });
    leaders.push(() => election.leading() !== undefined);
    return life;
  };

  const bootCoreapp = (index: number): Coreapp => {
    boots += 1;
    const process = boots;
    let draining = false;
    const life = createProcess(clock);
    const boot = options.broken === 'boot' ? 'any' : String(boots);
    const node = { id: `coreapp${index}`, boot, host: 'local', port: 1, startedAt: clock.nowMs() + boots };
    const reached = life.reach(late(database));
    const closing = new Map<ShardLease, () => Promise<void>>();
    const membership = runMembership({
      heartbeats: life.reach(heartbeats),
      registry: life.reach(registry),
      clock: life.clock,
      node: { ...node, role: 'coreapp' },
      status: () => ({ draining, shards: [] }),
      onError: () => undefined,
    });
    const ownership = runOwnership({
      shardMap: life.reach(late(shardMap)),
      wake,
      clock: life.clock,
      owner: ownerId(node),
      accounts: () => Promise.resolve([account]),
      onAcquired: async (lease) => {
        const loaded = await reached.load(lease.shard);
        closing.set(lease, write({ clock: life.clock, lease, loaded, send: (value) => reached.write(process, lease, value) }));
      },
      onLost: (lease) => closing.get(lease)?.(),
      requestRelease: () => {
        draining = true;
        return membership.beatNow();
      },
      onError: () => undefined,
    });
    return { ...life, drain: () => void ownership.drain(drainMs) };
  };

  const lives = {
    master: Array.from({ length: options.masters }, (_, index) => bootMaster(index)),
    coreapp: Array.from({ length: options.coreapps }, (_, index) => bootCoreapp(index)),
  };
  const at = (role: Role, index: number) => lives[role][index % lives[role].length];

  return {
    clock,
    history: { commits, rows, terms: toldTerms },
    freeze: (role, index) => at(role, index)?.freeze(),
    thaw: (role, index) => at(role, index)?.thaw(),
    restart: (role, index) => {
      at(role, index)?.kill();
      const place = index % lives[role].length;
      if (role === 'master') lives.master[place] = bootMaster(place);
      else lives.coreapp[place] = bootCoreapp(place);
    },
    kill: (role, index) => at(role, index)?.kill(),
    emptyRedis: () => {
      leases.clear();
      heartbeats.clear();
    },
    resize: (count) => {
      shardCount = count;
    },
    drain: (index) => lives.coreapp[index % lives.coreapp.length]?.drain(),
    delayStatements: (ms) => {
      statementMs = ms;
    },
    trustedLeaders: () => leaders.filter((leads) => leads()).length,
    recover: () => {
      statementMs = databaseMs;
      for (const life of [...lives.master, ...lives.coreapp]) life.thaw();
    },
  };
}

/** An owner at work: one write after another, each the successor of what it knows. Returns how to close it. */
function write(owner: {
  readonly clock: Clock;
  readonly lease: ShardLease;
  readonly loaded: number;
  readonly send: (value: number) => Promise<boolean>;
}): () => Promise<void> {
  const { clock, lease } = owner;
  let value = owner.loaded;
  let current: Promise<void> | undefined;
  const one = async () => {
    value += 1;
    if (!(await owner.send(value))) lease.fence('a write touched nothing');
  };
  const cancel = clock.every(writeEveryMs, () => {
    if (lease.signal.aborted) return;
    current ??= one().finally(() => {
      current = undefined;
    });
  });
  return async () => {
    cancel();
    await current;
  };
}

/** The store at a distance. */
function lateBy<T extends object>(store: T, clock: Clock, delayMs: () => number): T {
  return new Proxy(store, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]): Promise<unknown> => {
        await clock.sleep(delayMs());
        return Reflect.apply(member, target, args) as unknown;
      };
    },
  });
}
