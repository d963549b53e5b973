import type { Pool, PoolClient } from 'pg';
import { StaleTerm } from './shard-map.ts';
import type { ShardMap, ShardRow } from './shard-map.ts';
import { statement } from './statement.ts';

interface StoredRow {
  readonly account: number;
  readonly shard: number;
  readonly owner: string | null;
  readonly epoch: string;
  readonly term: string;
}
type ReadRow = StoredRow & { readonly shard_count: string };
type AssignedRow = { readonly current: boolean; readonly shard_count: string } & (StoredRow | { readonly account: null });

const readShards = statement('shard-read');
const assignShards = statement('shard-assign');
const holdTerm = statement('term-hold');
const lockShards = statement('shard-lock');
const resizeShards = statement('shard-resize');

/** A leader that freezes within a transaction loses it after this long, and with it the lock that keeps a newer term out. */
const idleInTransactionMs = 1000;

/** The `shard` table. */
export function createPostgresShardMap(pool: Pool): ShardMap {
  const read = async (account: number): Promise<readonly ShardRow[]> => {
    const { rows } = await pool.query<ReadRow>(readShards, [account]);
    return rows.map((row) => shardRow(row, row.shard_count));
  };

  return {
    read,
    assign: async (term, changes) => {
      const { rows } = await pool.query<AssignedRow>(assignShards, [
        term,
        changes.map(({ account }) => account),
        changes.map(({ shard }) => shard),
        changes.map(({ owner }) => owner),
      ]);
      if (!rows[0]?.current) throw new StaleTerm(term);
      return rows.flatMap((row) => (row.account === null ? [] : [shardRow(row, row.shard_count)]));
    },
    ensureShards: async (term, account, shardCount) => {
      await inTransaction(pool, async (client) => {
        const held = await client.query(holdTerm, [term]);
        if (held.rows.length === 0) throw new StaleTerm(term);
        const { rows } = await client.query<{ shard: number; epoch: string }>(lockShards, [account]);
        if (rows.length === shardCount + 1) return;
        const epoch = 1 + Math.max(0, ...rows.map((row) => Number(row.epoch)));
        await client.query(resizeShards, [account, term, shardCount, epoch]);
      });
      return read(account);
    },
  };
}

function shardRow(row: StoredRow, shardCount: string): ShardRow {
  const { account, shard, owner, epoch, term } = row;
  return { account, shard, owner, epoch: Number(epoch), term: Number(term), shardCount: Number(shardCount) };
}

async function inTransaction(pool: Pool, work: (client: PoolClient) => Promise<void>): Promise<void> {
  const client = await pool.connect();
  let failure: unknown;
  try {
    await client.query(`BEGIN; SET LOCAL idle_in_transaction_session_timeout = ${idleInTransactionMs}`);
    await work(client);
    await client.query('COMMIT');
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    // A connection that failed within a transaction is closed rather than reused: closing it rolls back.
    client.release(failure !== undefined);
  }
}
