import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import pg from 'pg';

/** What an integration test runs against: a database of its own with the schema, and a Redis prefix of its own. */
export interface TestServices {
  readonly pool: pg.Pool;
  readonly redis: Redis;
  readonly redisUrl: string;
  newPrefix(): string;
  /** Another connection, as that of another process. */
  connect(): Redis;
  close(): Promise<void>;
}

const schema = new URL('../../../message-store/migrations/0001-initial.sql', import.meta.url);

export async function openTestServices(): Promise<TestServices> {
  const redisUrl = required('TEST_REDIS_URL');
  const name = `cluster_${randomBytes(6).toString('hex')}`;
  const admin = new pg.Client({ connectionString: required('TEST_POSTGRES_URL') });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  const url = new URL(required('TEST_POSTGRES_URL'));
  url.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: url.href, max: 20 });
  // The server closes connections that sit in a transaction, and all when the database is dropped: the pool then opens others.
  pool.on('error', () => undefined);
  await pool.query(readFileSync(schema, 'utf8'));

  const connections: Redis[] = [];
  const connect = () => {
    const redis = new Redis(redisUrl, { retryStrategy: (times) => Math.min(times * 50, 300) });
    connections.push(redis);
    return redis;
  };
  return {
    pool,
    redis: connect(),
    redisUrl,
    newPrefix: () => `test-${randomBytes(6).toString('hex')}`,
    connect,
    close: async () => {
      for (const redis of connections) redis.disconnect();
      await pool.end();
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await admin.end();
    },
  };
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}
