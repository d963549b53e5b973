import type { Clock } from '@multiconnect/clock';
import { within } from './deadline.ts';
import { createLiveness } from './liveness.ts';
import type { HeartbeatStore } from './membership.ts';
import { planAssignments } from './plan.ts';
import { createPulse } from './pulse.ts';
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
  readonly heartbeats: HeartbeatStore;
  readonly wake: ShardMapWake;
  readonly clock: Clock;
  readonly term: Term;
  /** The accounts, and the number of shards that each should have. */
  readonly accounts: () => Promise<readonly AccountShards[]>;
  readonly unhealthyAfterMs?: number;
  readonly pollEveryMs?: number;
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
  const { shardMap, heartbeats, clock, term, onError } = options;
  const { unhealthyAfterMs = 1500, pollEveryMs = 250 } = options;
  const pulse = createPulse(clock);
  const liveness = createLiveness({ clock, unhealthyAfterMs, longestLookMs: 2 * pollEveryMs });

  const written = async (rows: readonly ShardRow[]) => {
    options.onAssigned(rows);
    await within(clock, pollEveryMs, options.wake.publish()).catch(onError);
  };

  const readMap = async (): Promise<readonly ShardRow[]> => {
    const maps: (readonly ShardRow[])[] = [];
    for (const { account, shardCount } of await options.accounts()) {
      const rows = await shardMap.read(account);
      if (rows.length === shardCount + 1) {
        maps.push(rows);
        continue;
      }
      const resized = await shardMap.ensureShards(term.number, account, shardCount);
      await written(resized);
      maps.push(resized);
    }
    return maps.flat();
  };

  const look = async (shards: readonly ShardRow[]): Promise<boolean> => {
    try {
      const nodes = await within(clock, unhealthyAfterMs, heartbeats.readNodes());
      const owners = shards.flatMap(({ owner }) => (owner === null ? [] : [owner]));
      liveness.observe(
        nodes.filter(({ role }) => role === 'coreapp'),
        owners,
      );
      return true;
    } catch (error) {
      liveness.lookedAway();
      onError(error);
      return false;
    }
  };

  const round = async () => {
    const shards = await readMap();
    if (!(await look(shards))) return;
    const changes = planAssignments({ shards, liveNodes: liveness.nodes() });
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
