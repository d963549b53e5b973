import { setTimeout as delay } from 'node:timers/promises';
import { controlShard, shardOfSlot, slotOf } from '@multiconnect/contract';
import type { Cluster, ClusterProcess } from '@multiconnect/local';
import pg from 'pg';
import type { OpenHistory } from './history.ts';

export { controlShard };
/** How many shards a run begins with. Whatever becomes of them, their slots stay together as a group to be looked at. */
export const shards = 4;

/** What the shard map says, looked at all the time. */
export interface Owners {
  /** The coreapp that owns the shard; undefined while nobody does. */
  ownerOf(shard: number): ClusterProcess | undefined;
  leader(): ClusterProcess | undefined;
  /** Of messages, as the slots are grouped. */
  shardCount(): number;
  stop(): Promise<void>;
}

interface MapRow {
  readonly shard: number;
  readonly owner: string | null;
  readonly epoch: string;
  readonly leader: string | null;
}

const lookEveryMs = 100;
const limitMs = 2_000;
const look = `SELECT shard, owner, epoch, (SELECT leader FROM cluster_term) AS leader FROM shard WHERE account = 1 ORDER BY shard`;

export const shardOf = (customer: string) => shardOfSlot(slotOf(customer), shards);

export function watchOwners(cluster: Cluster, history: OpenHistory): Owners {
  const pool = new pg.Pool({ connectionString: cluster.postgresUrl, max: 1, connectionTimeoutMillis: limitMs, query_timeout: limitMs });
  // A connection that PostgreSQL closed while it was idle; the next look takes another.
  pool.on('error', () => undefined);
  const owners = new Map<number, string>();
  let leading = '';
  let stopping = false;
  const note = ({ shard, owner, epoch }: MapRow) => {
    const known = `${owner ?? ''} ${epoch}`;
    if (owners.get(shard) === known) return;
    owners.set(shard, known);
    history.ownership.push({ shard, owner: (owner ?? '').split(':')[0] ?? '', epoch: Number(epoch), atMs: Date.now() });
  };
  const forgetGone = (rows: readonly MapRow[]) => {
    const there = new Set(rows.map(({ shard }) => shard));
    for (const shard of owners.keys()) if (!there.has(shard)) owners.delete(shard);
  };
  const watch = async () => {
    while (!stopping) {
      // Away while PostgreSQL is.
      const rows = await pool.query<MapRow>(look).then((result) => result.rows, () => []);
      rows.forEach(note);
      if (rows.length > 0) forgetGone(rows);
      leading = rows[0]?.leader ?? leading;
      await delay(lookEveryMs);
    }
  };
  const watching = watch();
  const named = (processes: readonly ClusterProcess[], owner: string) => processes.find(({ name }) => owner.startsWith(`${name}:`));
  return {
    ownerOf: (shard) => named(cluster.coreapps, owners.get(shard) ?? ''),
    shardCount: () => [...owners.keys()].filter((shard) => shard !== controlShard).length,
    leader: () => named(cluster.masters, leading),
    async stop() {
      stopping = true;
      await watching;
      await pool.end();
    },
  };
}
