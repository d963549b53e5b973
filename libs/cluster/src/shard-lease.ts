import type { ShardRow } from './shard-map.ts';

/**
 * Why a tenure ended. `reassigned`: the map names another owner or epoch. `regrouped`: the shard has other slots now, and its next
 * tenure is this process's again. `fenced`: the owner's own write found its epoch gone.
 * `failed`: `onAcquired` threw. `stopped`: this process stops owning.
 */
export type LostReason = 'reassigned' | 'regrouped' | 'fenced' | 'failed' | 'stopped';

/** The reason that a lease's signal carries: close what serves the shard, and write nothing more. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
  readonly reason: LostReason;
  constructor(lease: Pick<ShardLease, 'account' | 'shard' | 'epoch'>, reason: LostReason, detail?: string) {
    super(`shard ${lease.account}/${lease.shard} epoch ${lease.epoch} lost: ${detail ?? reason}`);
    this.reason = reason;
  }
}

/** One tenure of one shard by this process. */
export interface ShardLease {
  readonly account: number;
  readonly shard: number;
  /** Compared in every write: sql/fence.sql. */
  readonly epoch: number;
  readonly owner: string;
  /** The grouping of slots that this tenure is of: it serves `slot % shardCount === shard`. Another grouping is another tenure. */
  readonly shardCount: number;
  /** Aborted with a `LeaseLost` when the tenure ends, before `onLost`. */
  readonly signal: AbortSignal;
  /** To be called by the owner whose write touched nothing because of the fence. */
  fence(detail: string): void;
}

/** A lease, as `runOwnership` keeps it. */
export interface Tenure {
  readonly lease: ShardLease;
  end(reason: LostReason, detail?: string): void;
}

export function createTenure(row: ShardRow, owner: string, onFenced: () => void): Tenure {
  const { account, shard, epoch, shardCount } = row;
  const aborter = new AbortController();
  const end = (reason: LostReason, detail?: string) => {
    if (!aborter.signal.aborted) aborter.abort(new LeaseLost(row, reason, detail));
  };
  const fence = (detail: string) => {
    if (aborter.signal.aborted) return;
    end('fenced', detail);
    onFenced();
  };
  return { lease: { account, shard, epoch, owner, shardCount, signal: aborter.signal, fence }, end };
}
