import { randomBytes } from 'node:crypto';
import { databaseUrl, dropDatabase, ensureDatabase } from '../database.ts';
import type { ServiceAddresses } from '../addresses.ts';

export interface TestDatabase {
  readonly url: string;
  /** Drops it, with whoever is still connected. */
  drop(): Promise<void>;
}

const required = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run this test in vitest's integration or e2e project`);
  return value;
};

const unique = (): string => randomBytes(8).toString('hex');

/** An empty database of the test run's PostgreSQL. */
export const createTestDatabase = async (): Promise<TestDatabase> => {
  const url = databaseUrl(required('TEST_POSTGRES_URL'), `test_${unique()}`);
  await ensureDatabase(url);
  return { url, drop: () => dropDatabase(url) };
};

/** A prefix of Redis keys that no other test uses. */
export const testRedisPrefix = (): string => `test-${unique()}`;

/** The test run's services, as `startCluster` wants them. */
export const testServices = (): ServiceAddresses => ({
  postgresUrl: required('TEST_POSTGRES_URL'),
  redisUrl: required('TEST_REDIS_URL'),
  xmpp: {
    domain: required('TEST_XMPP_DOMAIN'),
    host: required('TEST_XMPP_HOST'),
    port: Number(required('TEST_XMPP_PORT')),
    directTlsPort: Number(required('TEST_XMPP_TLS_PORT')),
    caFile: process.env['TEST_XMPP_CA_FILE'],
  },
  ejabberdApiUrl: required('TEST_EJABBERD_API_URL'),
});

/** What keeps one test's cluster apart from another's on shared services. */
export const testClusterNames = (): { readonly databases: { readonly cluster: string; readonly registry: string }; readonly redisPrefix: string } => {
  const id = unique();
  return { databases: { cluster: `test_cluster_${id}`, registry: `test_registry_${id}` }, redisPrefix: `test-${id}` };
};
