import type { Clock } from '@multiconnect/clock';
import { ownerId } from './identity.ts';
import type { Heartbeat } from './membership.ts';
import type { PlannedNode } from './plan.ts';

/** What one master has seen of the nodes. */
export interface Liveness {
  /** The heartbeat store answered with these; `owners` are the owners in the shard map, to be watched even if never seen. */
  observe(heartbeats: readonly Heartbeat[], owners: readonly string[]): void;
  /** The heartbeat store did not answer. */
  lookedAway(): void;
  nodes(): readonly PlannedNode[];
}

interface Watched {
  readonly draining: boolean;
  readonly beat: number;
  readonly silentMs: number;
  /** How long it has called itself impaired while another was proven. */
  readonly impairedMs: number;
  /** How long it is still passed over for having been impaired. */
  readonly restMs: number;
  /** Null: only known as an owner in the map. */
  readonly node: { readonly id: string; readonly startedAt: number } | null;
}

const well = { silentMs: 0, impairedMs: 0, restMs: 0 };

/**
 * Tells the dead from the late, by this process's monotonic clock and by beats that are new; no other machine's clock matters.
 * A node is dead when `unhealthyAfterMs` of watching brought no new beat of it. Only time in which the store answered is
 * watching: not an outage (after which everybody starts anew), not a stall of this process, and not the time before this master
 * watched. So an emptied Redis, or a master that has just begun, kills nobody. A node whose later boot was seen is dead at once.
 *
 * A node that has called itself impaired for `unfitAfterMs`, while another proved all that time that the work can be done, counts as
 * draining: others take its shards. What is away for all moves nothing, as nobody is proven then. It goes on counting as draining
 * until it has been well for `restAfterUnfitMs`, so that a bad connection does not carry shards to and fro.
 */
export function createLiveness(options: {
  readonly clock: Clock;
  readonly unhealthyAfterMs: number;
  /** The most that one answer counts for, however long ago the one before was. */
  readonly longestLookMs: number;
  readonly unfitAfterMs?: number;
  readonly restAfterUnfitMs?: number;
}): Liveness {
  const { clock, unhealthyAfterMs, longestLookMs, unfitAfterMs = 750, restAfterUnfitMs = 10_000 } = options;
  const suspectAfterMs = unhealthyAfterMs / 2;
  const forgottenAfterMs = 10 * unhealthyAfterMs;
  const watched = new Map<string, Watched>();
  let lookedMs: number | undefined;

  const fitness = (heartbeat: Heartbeat, before: Watched | undefined, watchedMs: number, isAnyProven: boolean) => {
    const { impairedMs, restMs } = before ?? well;
    if (heartbeat.fitness !== 'impaired') return { impairedMs: 0, restMs: Math.max(0, restMs - watchedMs) };
    const longMs = isAnyProven ? impairedMs + watchedMs : 0;
    return { impairedMs: longMs, restMs: longMs >= unfitAfterMs ? restAfterUnfitMs : restMs };
  };

  const see = (heartbeat: Heartbeat, watchedMs: number, isAnyProven: boolean) => {
    const owner = ownerId(heartbeat);
    const before = watched.get(owner);
    const isNew = before?.node == null || heartbeat.beat !== before.beat;
    watched.set(owner, {
      draining: heartbeat.draining,
      beat: heartbeat.beat,
      silentMs: isNew ? 0 : before.silentMs + watchedMs,
      ...fitness(heartbeat, before, watchedMs, isAnyProven),
      node: { id: heartbeat.id, startedAt: heartbeat.startedAt },
    });
  };

  /** By a word that is not the last of a node gone silent. */
  const isProven = (heartbeat: Heartbeat, watchedMs: number) => {
    const before = watched.get(ownerId(heartbeat));
    const isFresh = before?.beat !== heartbeat.beat || before.silentMs + watchedMs <= longestLookMs;
    return heartbeat.fitness === 'proven' && isFresh;
  };

  // A dead boot supersedes none: when a wall clock is set back, the next boot of its node seems to have started before it.
  const isSuperseded = ({ node }: Watched) =>
    node !== null &&
    [...watched.values()].some((other) => other.silentMs < unhealthyAfterMs && other.node?.id === node.id && other.node.startedAt > node.startedAt);

  return {
    observe: (heartbeats, owners) => {
      const nowMs = clock.monotonicMs();
      const watchedMs = lookedMs === undefined ? 0 : Math.min(nowMs - lookedMs, longestLookMs);
      lookedMs = nowMs;
      const seen = new Set(heartbeats.map(ownerId));
      for (const [owner, before] of watched) {
        if (!seen.has(owner)) watched.set(owner, { ...before, silentMs: before.silentMs + watchedMs });
      }
      for (const owner of owners) {
        if (!watched.has(owner)) watched.set(owner, { draining: false, beat: -1, ...well, node: null });
      }
      const isAnyProven = heartbeats.some((heartbeat) => isProven(heartbeat, watchedMs));
      for (const heartbeat of heartbeats) see(heartbeat, watchedMs, isAnyProven);
      const kept = new Set([...seen, ...owners]);
      // Long after its death: who leads next may still find it as an owner, and must not begin to count again.
      for (const [owner, { silentMs }] of watched) {
        if (!kept.has(owner) && silentMs >= forgottenAfterMs) watched.delete(owner);
      }
    },
    lookedAway: () => {
      lookedMs = undefined;
      for (const [owner, before] of watched) watched.set(owner, { ...before, silentMs: 0, impairedMs: 0 });
    },
    nodes: () =>
      [...watched]
        .filter(([, node]) => node.silentMs < unhealthyAfterMs && !isSuperseded(node))
        .map(([id, { draining, silentMs, restMs, node }]) => ({
          id,
          draining: draining || restMs > 0,
          suspect: node === null || silentMs >= suspectAfterMs,
        })),
  };
}
