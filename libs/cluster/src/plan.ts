import { controlShard } from './shard-map.ts';
import type { ShardChange, ShardRow } from './shard-map.ts';

/** A node as the leader sees it. */
export interface PlannedNode {
  /** Its `ownerId`. */
  readonly id: string;
  /** It wants its shards to be owned by others, or cannot do their work. */
  readonly draining: boolean;
  /** Late with its heartbeat, but not dead yet: it keeps what it owns and is given nothing. */
  readonly suspect?: boolean;
}

type Shard = Pick<ShardRow, 'account' | 'shard' | 'owner'>;
type Moves = Map<Shard, string>;

/**
 * Who should own what, as the changes to make; of all accounts together. Pure and deterministic; a map that came of its own
 * changes needs no more.
 *
 * - A shard whose owner lives and is not draining stays, save for the one exception below. A suspect owner counts as living.
 * - Every other shard goes to a node that lives, is not suspect, and is not draining; to a draining one only when no other is
 *   there. When no such node is there at all, it stays: its owner may still serve.
 * - It goes to the node with the fewest message shards. So a node that is given one never ends with more than one above the least.
 * - The exception: while a node has no message shard and another has two or more, the one with the most gives it one. Shards
 *   are not moved to even out nodes that have some: a move costs a reconnection, and buys nothing.
 * - The control shard goes by the same rule, to the node with the fewest message shards, then the fewest control shards.
 */
export function planAssignments(input: {
  readonly shards: readonly Shard[];
  readonly liveNodes: readonly PlannedNode[];
}): readonly ShardChange[] {
  const shards = [...input.shards].sort((a, b) => a.account - b.account || a.shard - b.shard);
  const nodes = [...input.liveNodes].sort((a, b) => (a.id < b.id ? -1 : 1));
  const staying = nodes.filter(({ draining }) => !draining);
  const given = firstFilled(
    staying.filter(({ suspect }) => !suspect),
    nodes.filter(({ suspect }) => !suspect),
  );
  if (given.length === 0) return [];

  // A draining owner that gives way only to draining nodes would gain nothing.
  const keeping = given.some(({ draining }) => draining) ? nodes : staying;
  const keepers = new Set(keeping.map(({ id }) => id));
  const receivers = given.map(({ id }) => id);
  const moves: Moves = new Map();

  const messageShards = shards.filter(({ shard }) => shard !== controlShard);
  place(messageShards, { moves, keepers, receivers });
  if (!given.some(({ draining }) => draining)) fillIdle(messageShards, { moves, receivers });
  placeControl(shards, { moves, keepers, receivers });
  return shards.flatMap((shard) => {
    const owner = moves.get(shard);
    return owner === undefined || owner === shard.owner ? [] : [{ account: shard.account, shard: shard.shard, owner }];
  });
}

interface Placing {
  readonly moves: Moves;
  readonly keepers: ReadonlySet<string>;
  readonly receivers: readonly string[];
}

const isOrphan = (shard: Shard, keepers: ReadonlySet<string>) => shard.owner === null || !keepers.has(shard.owner);

function place(shards: readonly Shard[], { moves, keepers, receivers }: Placing): void {
  const orphans = shards.filter((shard) => isOrphan(shard, keepers));
  const load = countByOwner(shards, moves);
  for (const shard of orphans) {
    const owner = leastBy(receivers, (id) => load.get(id) ?? 0);
    moves.set(shard, owner);
    load.set(owner, (load.get(owner) ?? 0) + 1);
  }
}

function fillIdle(shards: readonly Shard[], { moves, receivers }: Omit<Placing, 'keepers'>): void {
  const load = countByOwner(shards, moves);
  for (const idle of receivers.filter((id) => !load.has(id))) {
    const [richest, most] = [...load].reduce((a, b) => (b[1] > a[1] || (b[1] === a[1] && b[0] < a[0]) ? b : a), ['', 0]);
    if (most < 2) return;
    const moved = shards.findLast((shard) => (moves.get(shard) ?? shard.owner) === richest);
    if (!moved) return;
    moves.set(moved, idle);
    load.set(richest, most - 1);
    load.set(idle, 1);
  }
}

function placeControl(shards: readonly Shard[], { moves, keepers, receivers }: Placing): void {
  const load = countByOwner(
    shards.filter(({ shard }) => shard !== controlShard),
    moves,
  );
  const controlShards = shards.filter(({ shard }) => shard === controlShard);
  for (const shard of controlShards.filter((each) => isOrphan(each, keepers))) {
    const controls = countByOwner(controlShards, moves);
    moves.set(
      shard,
      leastBy(receivers, (id) => (load.get(id) ?? 0) * (controlShards.length + 1) + (controls.get(id) ?? 0)),
    );
  }
}

function countByOwner(shards: readonly Shard[], moves: Moves): Map<string, number> {
  const counts = new Map<string, number>();
  for (const shard of shards) {
    const owner = moves.get(shard) ?? shard.owner;
    if (owner !== null) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  return counts;
}

/** The first of the ids with the least weight. */
function leastBy(ids: readonly string[], weight: (id: string) => number): string {
  return ids.reduce((least, id) => (weight(id) < weight(least) ? id : least));
}

function firstFilled<T>(...lists: readonly (readonly T[])[]): readonly T[] {
  return lists.find((list) => list.length > 0) ?? [];
}
