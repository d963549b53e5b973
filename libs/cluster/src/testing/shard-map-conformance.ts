import { beforeEach, describe, expect, it } from 'vitest';
import { controlShard, StaleTerm } from '../shard-map.ts';
import type { ShardMap, ShardRow } from '../shard-map.ts';
import type { TermStore } from '../term-store.ts';

/** What every shard map must do. `make` gives an empty map for an account that no other test uses. */
export function shardMapConformance(
  name: string,
  make: () => Promise<{ readonly shardMap: ShardMap; readonly terms: TermStore; readonly account: number }>,
): void {
  describe(`shard map: ${name}`, () => {
    let shardMap: ShardMap;
    let terms: TermStore;
    let account: number;
    let term: number;
    beforeEach(async () => {
      ({ shardMap, terms, account } = await make());
      term = await terms.next('leader');
    });

    const own = async (shard: number, owner: string | null): Promise<ShardRow | undefined> =>
      (await shardMap.assign(term, [{ account, shard, owner }]))[0];
    const shardsOf = (rows: readonly ShardRow[]) => rows.map(({ shard }) => shard);
    const epochOf = async (shard: number) => (await shardMap.read(account)).find((row) => row.shard === shard)?.epoch;

    it('makes the rows of an account once: the control shard and the message shards, of no owner', async () => {
      expect(await shardMap.read(account)).toEqual([]);
      const rows = await shardMap.ensureShards(term, account, 2);
      expect(shardsOf(rows)).toEqual([controlShard, 0, 1]);
      expect(rows.every(({ owner, shardCount }) => owner === null && shardCount === 2)).toBe(true);
      expect(await shardMap.read(account)).toEqual(rows);
      expect(await shardMap.ensureShards(term, account, 2)).toEqual(rows);
    });

    it('raises the epoch by one at each change of owner, and returns the rows that changed', async () => {
      const before = await shardMap.ensureShards(term, account, 2);
      const epoch = before[1]?.epoch ?? 0;
      expect(await own(0, 'a#1')).toEqual({ account, shard: 0, owner: 'a#1', epoch: epoch + 1, term, shardCount: 2 });
      expect(await own(0, 'b#1')).toMatchObject({ owner: 'b#1', epoch: epoch + 2 });
      expect(await own(0, null)).toMatchObject({ owner: null, epoch: epoch + 3 });
      const rows = await shardMap.read(account);
      expect(rows.map((row) => row.epoch)).toEqual([before[0]?.epoch, epoch + 3, before[2]?.epoch]);
    });

    it('leaves out a change to the present owner, and of a shard that is not there', async () => {
      await shardMap.ensureShards(term, account, 1);
      await own(0, 'a#1');
      const before = await shardMap.read(account);
      expect(await own(0, 'a#1')).toBeUndefined();
      expect(await own(7, 'a#1')).toBeUndefined();
      expect(await shardMap.assign(term, [])).toEqual([]);
      expect(await shardMap.read(account)).toEqual(before);
    });

    it('lets no stale term write, and writes nothing of it', async () => {
      await shardMap.ensureShards(term, account, 2);
      const before = await shardMap.read(account);
      const newer = await terms.next('another');
      await expect(own(0, 'a#1')).rejects.toThrow(StaleTerm);
      await expect(shardMap.ensureShards(term, account, 4)).rejects.toThrow(StaleTerm);
      await expect(shardMap.assign(term, [])).rejects.toThrow(StaleTerm);
      expect(await shardMap.read(account)).toEqual(before);
      expect(await shardMap.assign(newer, [{ account, shard: 0, owner: 'a#1' }])).toMatchObject([{ term: newer }]);
    });

    it('begins a new epoch of every message shard, under its owner, when their number changes', async () => {
      await shardMap.ensureShards(term, account, 2);
      await own(controlShard, 'a#1');
      await own(0, 'a#1');
      const before = await shardMap.read(account);
      const rows = await shardMap.ensureShards(term, account, 4);
      expect(rows.map(({ shard, owner, shardCount }) => [shard, owner, shardCount])).toEqual([
        [controlShard, 'a#1', 4],
        [0, 'a#1', 4],
        [1, null, 4],
        [2, null, 4],
        [3, null, 4],
      ]);
      expect(rows[0]?.epoch).toBe(before[0]?.epoch);
      expect(rows[1]?.epoch).toBeGreaterThan(before[1]?.epoch ?? 0);
      expect(rows[2]?.epoch).toBeGreaterThan(before[2]?.epoch ?? 0);
    });

    it('never gives out an epoch again, not even of a shard that was removed and made again', async () => {
      await shardMap.ensureShards(term, account, 4);
      for (const owner of ['a#1', 'b#1', 'a#1', 'b#1']) await own(3, owner);
      const last = (await epochOf(3)) ?? 0;
      expect(shardsOf(await shardMap.ensureShards(term, account, 2))).toEqual([controlShard, 0, 1]);
      await shardMap.ensureShards(term, account, 1);
      await shardMap.ensureShards(term, account, 4);
      expect(await epochOf(3)).toBeGreaterThan(last);
      await own(3, 'c#1');
      expect(await epochOf(3)).toBeGreaterThan(last + 1);
    });
  });
}
