import type { World } from './world.ts';

/** One kind of statement over a stage. */
export interface StatementCost {
  readonly statement: string;
  readonly calls: number;
  readonly rows: number;
  /** In the executor, waits included. */
  readonly totalMs: number;
  readonly walBytes: number;
}

interface CostRow {
  readonly query: string;
  readonly calls: string;
  readonly rows: string;
  readonly total_exec_time: number;
  readonly wal_bytes: string;
}

const select = `
SELECT query, calls, rows, total_exec_time, wal_bytes::text FROM pg_stat_statements
WHERE query NOT LIKE '%pg_stat_statements%' ORDER BY total_exec_time DESC LIMIT 14`;

const nameLength = 100;

/** What the statement does, in the words that its file begins with. */
function nameOf(query: string): string {
  const text = query.split('\n').map((line) => line.replace(/^--\s*/, '').trim()).join(' ');
  const [, into] = /\b(?:INSERT INTO|DELETE FROM|UPDATE|FROM) ([a-z_]+)/.exec(query) ?? [];
  return `${text.startsWith('$') && into !== undefined ? `${into}: ` : ''}${text}`.slice(0, nameLength);
}

export async function forgetStatements(world: World): Promise<void> {
  await world.query('SELECT pg_stat_statements_reset()');
}

/** Since {@link forgetStatements}, the costliest first. */
export async function statementCosts(world: World): Promise<readonly StatementCost[]> {
  const found = await world.query<CostRow>(select);
  return found.map(({ query, calls, rows, total_exec_time, wal_bytes }) => ({
    statement: nameOf(query),
    calls: Number(calls),
    rows: Number(rows),
    totalMs: total_exec_time,
    walBytes: Number(wal_bytes),
  }));
}
