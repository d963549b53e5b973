import { createHash } from 'node:crypto';
import type { Cluster } from '@multiconnect/local';
import pg from 'pg';

/** What the cluster and the chat network change by themselves. */
const restless = new Set(['node', 'shard', 'cluster_term', 'prekey', 'device_list', 'inbox']);

/** A digest of each table that the API changes. */
export async function stateOf(cluster: Cluster): Promise<Readonly<Record<string, string>>> {
  const client = new pg.Client({ connectionString: cluster.postgresUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`);
    const digests: Record<string, string> = {};
    for (const { name } of tables.filter((table) => !restless.has(table.name))) {
      const { rows } = await client.query<{ row: string }>(`SELECT t::text AS row FROM "${name}" t ORDER BY 1`);
      digests[name] = createHash('sha256').update(JSON.stringify(rows)).digest('hex');
    }
    return digests;
  } finally {
    await client.end();
  }
}
