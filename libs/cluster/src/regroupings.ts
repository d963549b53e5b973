import type { Clock } from '@multiconnect/clock';
import { within } from './deadline.ts';
import { planAssignments } from './plan.ts';
import type { PlannedNode } from './plan.ts';
import { controlShard } from './shard-map.ts';
import type { ShardChange, ShardRow } from './shard-map.ts';

/**
 * Tells the owners-to-be of shards that are not there yet. Resolves when they are ready to serve them, or have failed to be.
 * What they do now need not be done while the slots have no owner; nothing else rests on it.
 */
export type PrepareShards = (shards: readonly ShardChange[]) => Promise<void>;

export interface RegroupingsOptions {
  readonly clock: Clock;
  readonly prepare: PrepareShards;
  /** Then the slots are regrouped, whoever is not ready. */
  readonly prepareWithinMs: number;
  /** A regrouping has become due. */
  readonly onDue: () => void;
  readonly onError: (error: unknown) => void;
}

/** A change of an account's number of shards that is asked for. */
export interface Regrouping {
  readonly account: number;
  readonly shardCount: number;
  /** All accounts' shards as they are. */
  readonly shards: readonly ShardRow[];
  readonly liveNodes: readonly PlannedNode[];
}

/** Changes of numbers of shards, between their being asked for and being made. */
export interface Regroupings {
  /** Whether it may be made now. At the first time its owners-to-be are told. */
  isDue(regrouping: Regrouping): boolean;
  /** It has been made, or is asked for no more. */
  forget(account: number): void;
}

export function createRegroupings({ clock, prepare, prepareWithinMs, onDue, onError }: RegroupingsOptions): Regroupings {
  const begun = new Map<number, { readonly shardCount: number; isDue: boolean }>();

  const begin = (regrouping: Regrouping): boolean => {
    const added = addedShards(regrouping);
    const one = { shardCount: regrouping.shardCount, isDue: added.length === 0 };
    begun.set(regrouping.account, one);
    if (one.isDue) return true;
    void within(clock, prepareWithinMs, prepare(added))
      .catch(onError)
      .then(() => {
        one.isDue = true;
        onDue();
      });
    return false;
  };

  return {
    isDue(regrouping) {
      const known = begun.get(regrouping.account);
      return known?.shardCount === regrouping.shardCount ? known.isDue : begin(regrouping);
    },
    forget: (account) => void begun.delete(account),
  };
}

/** The shards that the regrouping adds, with the owners that the planner will give them unless nodes come or go meanwhile. */
function addedShards({ account, shardCount, shards, liveNodes }: Regrouping): readonly ShardChange[] {
  const known = new Set(shards.filter((row) => row.account === account).map(({ shard }) => shard));
  // Nobody serves a new account's slots yet: there is nothing to keep short.
  if (known.size === 0) return [];
  const staying = shards.filter((row) => row.account !== account || row.shard < shardCount);
  const added = Array.from({ length: shardCount + 1 }, (_, index) => index + controlShard).filter((shard) => !known.has(shard));
  const rows = added.map((shard) => ({ account, shard, owner: null }));
  return planAssignments({ shards: [...staying, ...rows], liveNodes }).filter((change) => change.account === account && !known.has(change.shard));
}
