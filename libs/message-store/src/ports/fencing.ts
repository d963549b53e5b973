/** A shard held under one epoch. Every write of a shard's owner names it. */
export interface ShardTenure {
  readonly account: number;
  readonly shard: number;
  readonly epoch: number;
}

/** The shard's epoch has moved on: nothing was written. Close the shard's connection, worker and caches. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
  constructor(readonly tenure: ShardTenure) {
    super(`shard ${tenure.shard} of account ${tenure.account} is no longer held under epoch ${tenure.epoch}`);
  }
}
