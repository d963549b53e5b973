import type { MemoryTermStore } from './memory-term-store.ts';
import { controlShard, StaleTerm } from './shard-map.ts';
import type { ShardChange, ShardMap, ShardRow } from './shard-map.ts';

type Row = Omit<ShardRow, 'shardCount'>;

/** A shard map in memory, under the terms of `terms`. */
export function createMemoryShardMap(terms: MemoryTermStore): ShardMap & {
  /** What the fence of an owner's write sees: whether this is the shard's epoch now. */
  isEpoch(account: number, shard: number, epoch: number): boolean;
} {
  const rows = new Map<string, Row>();
  const keyOf = (account: number, shard: number) => `${account}/${shard}`;
  const put = (row: Row) => rows.set(keyOf(row.account, row.shard), row);

  const rowsOf = (account: number): readonly ShardRow[] => {
    const own = [...rows.values()].filter((row) => row.account === account).sort((a, b) => a.shard - b.shard);
    const shardCount = own.filter(({ shard }) => shard !== controlShard).length;
    return own.map((row) => ({ ...row, shardCount }));
  };
  const assertCurrent = (term: number) => {
    if (terms.latest() > term) throw new StaleTerm(term);
  };

  return {
    read: (account) => Promise.resolve(rowsOf(account)),
    isEpoch: (account, shard, epoch) => rows.get(keyOf(account, shard))?.epoch === epoch,
    assign: inOneStep((term: number, changes: readonly ShardChange[]) => {
      assertCurrent(term);
      const changed = new Set<string>();
      for (const { account, shard, owner } of changes) {
        const row = rows.get(keyOf(account, shard));
        if (!row || row.owner === owner) continue;
        put({ ...row, owner, epoch: row.epoch + 1, term });
        changed.add(keyOf(account, shard));
      }
      const accounts = [...new Set(changes.map(({ account }) => account))].sort((a, b) => a - b);
      return accounts.flatMap(rowsOf).filter(({ account, shard }) => changed.has(keyOf(account, shard)));
    }),
    ensureShards: inOneStep((term: number, account: number, shardCount: number) => {
      assertCurrent(term);
      const before = rowsOf(account);
      if (before.length === shardCount + 1) return before;
      const epoch = 1 + Math.max(0, ...before.map((row) => row.epoch));
      for (const { shard } of before) if (shard >= shardCount) rows.delete(keyOf(account, shard));
      for (let shard = controlShard; shard < shardCount; shard += 1) {
        const row = rows.get(keyOf(account, shard));
        if (!row || shard !== controlShard) put({ account, shard, owner: row?.owner ?? null, epoch, term });
      }
      return rowsOf(account);
    }),
  };
}

/** Runs as a transaction would: nothing else happens in between, and what it throws rejects. */
function inOneStep<A extends readonly unknown[], R>(step: (...args: A) => R): (...args: A) => Promise<R> {
  return (...args) => new Promise((resolve) => resolve(step(...args)));
}
