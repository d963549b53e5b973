import pg from 'pg';
import { Fenced, type ShardTenure } from '../ports/fencing.ts';
import type { Statement } from './statements.ts';

export interface PostgresConnection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  readonly database: string;
}

/** Anything that runs a statement: the pool, or the client of an open transaction. */
export interface Runner {
  run<Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]>;
}

export interface Database extends Runner {
  /** All of `work`, or none of it. */
  transaction<T>(work: (runner: Runner) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

// Every statement is a look-up by index from a short list. Plans made while tables are small must not scan them when they
// have grown, and cached plans would. One plan a statement and connection: to plan the large ones costs more than to run
// them, and left to itself the server does that each time, as it takes a short list for much cheaper than a list unknown.
const plannerOptions = '-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off';
// An owner that freezes inside a transaction holds the shard's row: the change of owner must not wait for its thaw.
const sessionOptions = `${plannerOptions} -c idle_in_transaction_session_timeout=1000`;

/** What finds every connection in use waits for one so long, and fails then. */
const connectionWaitMs = 5_000;

/** How long a plan lives. One that was made for an empty queue takes any index, and the queue grows. */
const planLifetimeMs = 10_000;

/** Has each connection plan anew, with tables as large as they are then, before its first statement after `lifetimeMs`. */
function renewPlans(pool: pg.Pool, lifetimeMs: number, onFailed: (error: Error) => void): void {
  const plannedAtMs = new WeakMap<pg.PoolClient, number>();
  pool.on('acquire', (client) => {
    const nowMs = performance.now();
    const sinceMs = plannedAtMs.get(client);
    if (sinceMs !== undefined && nowMs - sinceMs < lifetimeMs) return;
    plannedAtMs.set(client, nowMs);
    if (sinceMs !== undefined) client.query('DISCARD PLANS').catch(onFailed);
  });
}

/** Hears of every statement that ended, with the time that it took, the wait for a connection included. */
export type StatementObserver = (name: string, durationMs: number, isFailed: boolean) => void;

function runnerOn(client: pg.Pool | pg.PoolClient, onStatement: StatementObserver): Runner {
  return {
    async run<Row>(statement: Statement, values: readonly unknown[]) {
      const startedMs = performance.now();
      let isFailed = true;
      try {
        const result = await client.query({ name: statement.name, text: statement.text, values: [...values] });
        isFailed = false;
        return result.rows as Row[];
      } finally {
        onStatement(statement.name, performance.now() - startedMs, isFailed);
      }
    },
  };
}

/** No statement waits longer for its answer: a server may have gone without a word. Whether it was carried out is then unknown. */
const answerTimeoutMs = 10_000;

/** The driver's word for it. On such a connection nothing more is asked. */
const isUnanswered = (error: unknown): error is Error => error instanceof Error && error.message === 'Query read timeout';

/** A pool of connections. `onConnectionLost` hears of idle connections that break; the pool replaces them by itself. */
export function openDatabase(
  connection: PostgresConnection,
  options: { maxConnections: number; applicationName: string; onConnectionLost: (error: Error) => void; onStatement?: StatementObserver; planLifetimeMs?: number; answerTimeoutMs?: number; connectionWaitMs?: number },
): Database {
  const { onStatement = () => undefined } = options;
  const pool = new pg.Pool({
    ...connection,
    max: options.maxConnections,
    application_name: options.applicationName,
    options: sessionOptions,
    connectionTimeoutMillis: options.connectionWaitMs ?? connectionWaitMs,
    query_timeout: options.answerTimeoutMs ?? answerTimeoutMs,
    keepAlive: true,
  });
  pool.on('error', options.onConnectionLost);
  renewPlans(pool, options.planLifetimeMs ?? planLifetimeMs, options.onConnectionLost);
  return {
    ...runnerOn(pool, onStatement),
    async transaction(work) {
      const client = await pool.connect();
      let broken: Error | undefined;
      try {
        await client.query('BEGIN');
        const result = await work(runnerOn(client, onStatement));
        await client.query('COMMIT');
        return result;
      } catch (error) {
        broken = isUnanswered(error) ? error : await rolledBack(client);
        throw error;
      } finally {
        client.release(broken);
      }
    },
    close: () => pool.end(),
  };
}

/** Why it could not be, which is of the connection. */
const rolledBack = (client: pg.PoolClient): Promise<Error | undefined> =>
  client.query('ROLLBACK').then(
    () => undefined,
    (error: unknown) => error as Error,
  );

/** Runs an owner's write, which answers whether the fence held. Throws {@link Fenced} when the epoch has moved on. */
export async function runFenced<Row extends { held: number }>(
  runner: Runner,
  statement: Statement,
  tenure: ShardTenure,
  values: readonly unknown[],
): Promise<Row> {
  const [row] = await runner.run<Row>(statement, [tenure.account, tenure.shard, tenure.epoch, ...values]);
  if (row?.held !== 1) throw new Fenced(tenure);
  return row;
}
