import type { Pool } from 'pg';
import { statement } from './statement.ts';

/** The growing number of leaderships. */
export interface TermStore {
  /** Begins a term and returns its number, above every one before. The terms before can write no shard map any more. */
  next(leader: string): Promise<number>;
  /** The latest term and who took it. */
  read(): Promise<{ readonly term: number; readonly leader: string | null }>;
}

interface TermRow {
  readonly term: string;
  readonly leader: string | null;
}

const nextTerm = statement('term-next');
const readTerm = statement('term-read');

/** Terms in PostgreSQL. */
export function createPostgresTermStore(pool: Pool): TermStore {
  const one = async (sql: string, parameters: readonly string[]) => {
    const { rows } = await pool.query<TermRow>(sql, [...parameters]);
    const row = rows[0];
    if (!row) throw new Error('cluster_term has no row: the schema is incomplete');
    return row;
  };
  return {
    next: async (leader) => Number((await one(nextTerm, [leader])).term),
    read: async () => {
      const row = await one(readTerm, []);
      return { term: Number(row.term), leader: row.leader };
    },
  };
}
