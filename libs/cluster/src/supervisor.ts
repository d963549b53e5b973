import type { Clock } from '@multiconnect/clock';
import { within } from './deadline.ts';
import type { NodeWatch } from './node-watch.ts';
import { planAssignments } from './plan.ts';
import { createPulse } from './pulse.ts';
import { createRegroupings } from './regroupings.ts';
import type { PrepareShards } from './regroupings.ts';
import { StaleTerm } from './shard-map.ts';
import type { ShardMap, ShardRow } from './shard-map.ts';
import type { ShardMapWake } from './shard-wake.ts';
import type { Term } from './term.ts';

export interface AccountShards {
  readonly account: number;
  readonly shardCount: number;
}

export interface ShardSupervisorOptions {
  readonly shardMap: ShardMap;
  /** Of this master, begun long before it leads. */
  readonly nodes: Pick<NodeWatch, 'look' | 'nodes'>;
  readonly wake: ShardMapWake;
  readonly clock: Clock;
  readonly term: Term;
  /** The accounts, and the number of shards that each should have. */
  readonly accounts: () => Promise<readonly AccountShards[]>;
  readonly pollEveryMs?: number;
  /** Asked before slots are regrouped into more shards; left out, they are regrouped at once. */
  readonly prepare?: PrepareShards;
  readonly prepareWithinMs?: number;
  /** The rows that a write of this term changed. */
  readonly onAssigned: (rows: readonly ShardRow[]) => void;
  /** A round failed; the next is tried at its time. */
  readonly onError: (error: unknown) => void;
}

export interface ShardSupervisor {
  /** Looks now, after something that matters to the map has changed. */
  wake(): void;
  /** Resolves when the loop has ended, after the term has. */
  readonly ended: Promise<void>;
}

/** The leader's work: keeps every shard with a living coreapp, for as long as the term lasts. Resigns when the term is stale. */
export function runShardSupervisor(options: ShardSupervisorOptions): ShardSupervisor {
  const { shardMap, nodes, clock, term, onError } = options;
  const { pollEveryMs = 250, prepare = () => Promise.resolve(), prepareWithinMs = 5000 } = options;
  const pulse = createPulse(clock);
  const regroupings = createRegroupings({ clock, prepare, prepareWithinMs, onDue: () => pulse.wake(), onError });

  const written = async (rows: readonly ShardRow[]) => {
    options.onAssigned(rows);
    await within(clock, pollEveryMs, options.wake.publish()).catch(onError);
  };

  const readMap = async (accounts: readonly AccountShards[]): Promise<readonly ShardRow[]> => {
    const maps: (readonly ShardRow[])[] = [];
    for (const { account } of accounts) maps.push(await shardMap.read(account));
    return maps.flat();
  };

  /** The map with the number of shards that each account should have, as far as that is due. */
  const resize = async (accounts: readonly AccountShards[], shards: readonly ShardRow[]): Promise<readonly ShardRow[]> => {
    const maps: (readonly ShardRow[])[] = [];
    for (const { account, shardCount } of accounts) {
      const rows = shards.filter((row) => row.account === account);
      const isRight = rows.length === shardCount + 1;
      const isDue = isRight || regroupings.isDue({ account, shardCount, shards, liveNodes: nodes.nodes() });
      if (isDue) regroupings.forget(account);
      if (isRight || !isDue) {
        maps.push(rows);
        continue;
      }
      const resized = await shardMap.ensureShards(term.number, account, shardCount);
      await written(resized);
      maps.push(resized);
    }
    return maps.flat();
  };

  const look = (shards: readonly ShardRow[]) => nodes.look(shards.flatMap(({ owner }) => (owner === null ? [] : [owner])));

  const round = async () => {
    const accounts = await options.accounts();
    const map = await readMap(accounts);
    if (!(await look(map)) || !term.isTrusted()) return;
    const shards = await resize(accounts, map);
    const changes = planAssignments({ shards, liveNodes: nodes.nodes() });
    if (changes.length === 0 || !term.isTrusted()) return;
    await written(await shardMap.assign(term.number, changes));
  };

  const run = async () => {
    const isOver = () => term.signal.aborted;
    while (!isOver()) {
      try {
        if (term.isTrusted()) await round();
      } catch (error) {
        onError(error);
        if (error instanceof StaleTerm) term.resign();
      }
      if (!isOver()) await pulse.wait(pollEveryMs);
    }
  };

  const wake = () => pulse.wake();
  term.signal.addEventListener('abort', wake, { once: true });
  return { wake, ended: run() };
}
