/** The control shard: the account's own connection, and what is about the account as a whole. The others are message shards. */
export const controlShard = -1;

/** One shard of an account. */
export interface ShardRow {
  readonly account: number;
  /** -1 for the control shard, else 0 .. shardCount - 1. A message shard is the slots with `slot % shardCount === shard`. */
  readonly shard: number;
  /** An `ownerId`, or null: nobody yet. */
  readonly owner: string | null;
  /** Raised at every change of owner, and when the number of shards changes. Every write of the owner compares it. */
  readonly epoch: number;
  /** The term that wrote the row. */
  readonly term: number;
  /** The account's number of message shards, from the same snapshot as the row. */
  readonly shardCount: number;
}

export interface ShardChange {
  readonly account: number;
  readonly shard: number;
  readonly owner: string | null;
}

/** A newer term has begun: stop leading. Nothing was written. */
export class StaleTerm extends Error {
  override readonly name = 'StaleTerm';
  constructor(term: number) {
    super(`term ${term} is over: a newer one has begun`);
  }
}

/**
 * Who owns which shard.
 * INVARIANT: an epoch of a shard has one owner for ever; it is never given out twice, not even when the shard was removed meanwhile.
 */
export interface ShardMap {
  /** An account's rows, the control shard first; none before `ensureShards`. */
  read(account: number): Promise<readonly ShardRow[]>;
  /**
   * Changes owners, all or none, and returns the rows that changed. A change to the present owner, or of a shard that is not there,
   * is left out. Waits for open transactions of the owners. Throws StaleTerm.
   */
  assign(term: number, changes: readonly ShardChange[]): Promise<readonly ShardRow[]>;
  /**
   * Makes the account's rows -1 .. shardCount - 1 and returns them. When the number changes, the slots are regrouped: every message
   * shard begins a new epoch under the owner it had. Writes nothing when the number is right. Throws StaleTerm.
   */
  ensureShards(term: number, account: number, shardCount: number): Promise<readonly ShardRow[]>;
}
