import { randomBytes } from 'node:crypto';
import pg from 'pg';

export interface TestDatabase {
  readonly url: string;
  /** Drops it, with whoever is still connected. */
  drop(): Promise<void>;
}

const execute = async (url: string, sql: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
};

const required = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run this test in vitest's integration or e2e project`);
  return value;
};

/** An empty database of the test run's PostgreSQL. */
export const createTestDatabase = async (): Promise<TestDatabase> => {
  const server = required('TEST_POSTGRES_URL');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await execute(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => execute(server, `DROP DATABASE ${name} WITH (FORCE)`) };
};

/** A prefix of Redis keys that no other test uses. */
export const testRedisPrefix = (): string => `test-${randomBytes(8).toString('hex')}`;
