import { controlShard, shardOfSlot, slotOf } from '@multiconnect/contract';
import type { Cluster, ClusterProcess } from '@multiconnect/local';
import pg from 'pg';

async function query<Row extends pg.QueryResultRow>(cluster: Cluster, text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: cluster.postgresUrl });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

const isNamed = (owner: string) => (process: ClusterProcess) => owner.startsWith(`${process.name}:`);

/** The coreapp that the shard map names for a shard. */
export async function ownerOf(cluster: Cluster, shard: number): Promise<ClusterProcess> {
  const [row] = await query<{ owner: string }>(cluster, 'SELECT owner FROM shard WHERE account = 1 AND shard = $1', [shard]);
  const owner = cluster.coreapps.find(isNamed(row?.owner ?? ''));
  if (owner === undefined) throw new Error(`shard ${shard} has no owner among the coreapps`);
  return owner;
}

export const controlOwner = (cluster: Cluster) => ownerOf(cluster, controlShard);

export async function leader(cluster: Cluster): Promise<ClusterProcess> {
  const [row] = await query<{ leader: string }>(cluster, 'SELECT leader FROM cluster_term');
  const leading = cluster.masters.find(isNamed(row?.leader ?? ''));
  if (leading === undefined) throw new Error('no master leads');
  return leading;
}

/** How many callbacks wait or are dead. */
export async function waitingCallbacks(cluster: Cluster): Promise<number> {
  const [row] = await query<{ count: number }>(cluster, 'SELECT count(*)::int AS count FROM callback');
  return row?.count ?? 0;
}

export const shardOf = (customer: string, shardCount: number) => shardOfSlot(slotOf(customer), shardCount);
