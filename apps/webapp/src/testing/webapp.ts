import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBackupService } from '@multiconnect/backup';
import { createCertificateAdministration } from '@multiconnect/certificates';
import { systemClock } from '@multiconnect/clock';
import { createPostgresShardMap } from '@multiconnect/cluster';
import { parsePostgresUrl } from '@multiconnect/config';
import { createEgressRule, noPrivateDestinations } from '@multiconnect/egress';
import { createTestDatabase } from '@multiconnect/local/testing';
import { createDirectoryFiles, createMediaLibrary } from '@multiconnect/media';
import { openMessageStore, type PostgresConnection } from '@multiconnect/message-store';
import { createProfileAdministration } from '@multiconnect/profile';
import type { TokenSource } from '@multiconnect/rate-limit';
import { createApplicationSettings, createSettingsReader } from '@multiconnect/settings';
import { createLogger, createMetrics } from '@multiconnect/telemetry';
import { createUserService } from '@multiconnect/users';
import { createSeal } from '@multiconnect/vault';
import pg from 'pg';
import { createMemoryPackSource, type RegistryPackSource } from '@multiconnect/templates';
import { createAccountReader } from '../account-reader.ts';
import { sharedCertificate } from '../certificate.ts';
import { followCertificate } from '../certificate-follower.ts';
import { createClusterCalls } from '../cluster-calls.ts';
import { createComposer } from '../composer.ts';
import { startApplication } from '../http/application.ts';
import { createWebStatistics } from '../http/web-statistics.ts';
import { createOperations } from '../operations.ts';
import { createSendableMedia } from '../sendable-media.ts';
import type { Services } from '../services.ts';
import { createTemplateMessages } from '../template-messages.ts';
import { createTemplatePacing } from '../template-pacing.ts';
import { type ApiClient, basic, createApiClient } from './client.ts';
import { startTestCluster } from './cluster.ts';
import { expectDescribed } from './described.ts';
import { startTcpProxy } from './tcp-proxy.ts';

export const adminPassword = 'Adm1n-Password!';
export const userPassword = 'Us3r-Password!';
export const apiKey = 'an-api-key-for-tests';
export const jwtKey = 'j'.repeat(64);
export const ownNumber = '16315550000';
export const ownNamespace = 'aa11_bb22_cc33';

interface Wake {
  readonly account: number;
  readonly shard: number;
  readonly ids: readonly string[];
}

function connectionOf(url: string): PostgresConnection {
  const connection = parsePostgresUrl(url);
  if (connection === undefined) throw new Error('TEST_POSTGRES_URL is no database URL');
  return connection;
}

/** Makes the account a registered one, as the leading master would. */
async function register(pool: pg.Pool): Promise<void> {
  await pool.query(`UPDATE account SET state = 'registered', wa_id = $1, shard_count = 4, certificate = 'certificate' WHERE id = 1`, [ownNumber]);
}

export interface TestWebappOptions extends Partial<Services> {
  readonly registered?: boolean;
  /** The registry's answer. */
  readonly namespaceOf?: RegistryPackSource['namespaceOf'];
  /** What templates are paced by; without end unless given. */
  readonly tokens?: TokenSource;
}

const endlessTokens: TokenSource = (_endpoint, _limit, needed) => Promise.resolve({ given: needed, nextInMs: 0 });

/** A webapp over a real database and real connections; only the queue records instead of sending. */
export async function startTestWebapp({
  registered = true,
  namespaceOf = () => Promise.resolve(ownNamespace),
  tokens = endlessTokens,
  ...replaced
}: TestWebappOptions = {}) {
  const database = await createTestDatabase();
  const connection = connectionOf(database.url);
  const proxy = await startTcpProxy(connection);
  const lines: string[] = [];
  const log = createLogger({ level: 'info', process: 'webapp', node: 'test', destination: { write: (line) => void lines.push(line) } });
  const store = openMessageStore({
    connection: { ...connection, host: '127.0.0.1', port: proxy.port },
    seal: createSeal(Buffer.alloc(32, 7)),
    maxConnections: 4,
    applicationName: 'webapp-test',
    onConnectionLost: () => undefined,
  });
  await store.migrate();
  const pool = new pg.Pool({ ...connection, max: 2 });
  pool.on('error', () => undefined);
  if (registered) await register(pool);

  const users = await createUserService({ store: store.users, jwtKey, apiKey, clock: systemClock });
  await users.administration.ensureAdmin();
  const cluster = await startTestCluster();
  const wakes: Wake[] = [];
  /** Of customers' phones. */
  const languages = new Map<string, string>();
  const mediaDir = await mkdtemp(join(tmpdir(), 'webapp-media-'));
  const clusterCalls = createClusterCalls(cluster.listNodes, cluster.rpc);
  const metrics = createMetrics({ process: 'webapp', node: 'test' });
  const media = createMediaLibrary({ files: createDirectoryFiles(mediaDir), catalogue: store.media });
  let mediaLooks = 0;
  const sendable: typeof media.sendable = (...query) => {
    mediaLooks += 1;
    return media.sendable(...query);
  };
  const packs = createMemoryPackSource();
  const templates = createTemplateMessages({
    source: { ...packs, namespaceOf },
    clock: systemClock,
    log,
    languageOf: (_account, waId) => Promise.resolve(languages.get(waId)),
  });
  const pacing = createTemplatePacing({
    settings: createSettingsReader(store.settings, { maxAgeMs: 0 }),
    tokens,
    clock: systemClock,
    onAway: () => undefined,
  });
  const services: Services = {
    accountId: 1,
    acceptance: store.acceptance,
    accounts: store.accounts,
    accountReader: createAccountReader(store.accounts, createPostgresShardMap(pool), systemClock, 1000),
    backups: createBackupService(store.backups),
    certificates: createCertificateAdministration(store.certificates, systemClock),
    clusterCalls,
    clusterHealth: () => Promise.resolve({ 'master:1': { gateway_status: 'connected', role: 'primary_master' } }),
    composer: createComposer(templates, createSendableMedia({ sendable }, store.mediaProviders, systemClock), pacing),
    deadLetters: store.deadLetters,
    identities: store.identities,
    media,
    mediaProviders: store.mediaProviders,
    metrics,
    operations: createOperations({ nodes: { listNodes: cluster.listNodes }, rpc: cluster.rpc }, clusterCalls),
    queues: { wake: (account, shard, ids) => void wakes.push({ account, shard, ids }) },
    overload: { isOverloaded: () => false },
    profile: createProfileAdministration(store.profiles),
    rateLimiter: { take: () => 0 },
    settings: createApplicationSettings(store.settings, store.accounts, createEgressRule(noPrivateDestinations)),
    stickerpacks: store.stickerpacks,
    users,
    webStatistics: createWebStatistics('test', metrics),
    ...replaced,
  };
  const tls = await sharedCertificate(store.certificates);
  const application = await startApplication({ services, tls, host: '127.0.0.1', port: 0, log });
  const stopFollowing = followCertificate(tls, {
    certificates: store.certificates,
    clock: systemClock,
    serve: (certificate) => application.serve(certificate),
    onError: () => undefined,
  });
  const client = createApiClient(application.port, tls.cert);

  /** Every answer that any test gets is held against the API's description. */
  const request: ApiClient['request'] = async (method, path, options) => {
    const answer = await client.request(method, path, options);
    expectDescribed(method, path, answer);
    return answer;
  };

  async function tokenOf(username: string, password: string, json?: unknown): Promise<string> {
    const answer = await client.request('POST', '/v1/users/login', { headers: { authorization: basic(username, password) }, json });
    const [user] = answer.json['users'] as [{ token: string }];
    return user.token;
  }

  return {
    application, cluster, languages, lines, mediaDir, packs, pool, proxy, services, store, tls, wakes,
    /** How often the API has looked at a file that a message names. */
    mediaLooks: () => mediaLooks,
    request,
    tokenOf,
    register: () => register(pool),
    adminToken: () => tokenOf('admin', adminPassword).catch(() => tokenOf('admin', 'secret', { new_password: adminPassword })),
    /** A digest of every row of every table. */
    async stateDigest(): Promise<string> {
      const tables = await pool.query<{ name: string }>(`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`);
      const digest = createHash('sha256');
      for (const { name } of tables.rows) {
        const { rows } = await pool.query<{ row: string }>(`SELECT t::text AS row FROM "${name}" t ORDER BY 1`);
        digest.update(JSON.stringify([name, rows]));
      }
      return digest.digest('hex');
    },
    async close() {
      stopFollowing();
      await application.close();
      client.close();
      await cluster.close();
      await templates.close();
      await store.close();
      await proxy.close();
      await pool.end();
      await database.drop();
      await rm(mediaDir, { recursive: true, force: true });
    },
  };
}

export type TestWebapp = Awaited<ReturnType<typeof startTestWebapp>>;
