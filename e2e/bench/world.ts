import { chmodSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadTarget, ProcessGroup } from '@multiconnect/load';
import { type Cluster, type ClusterProcess, createGateway, freePort, type Gateway, loginAsAdmin, registerNumber, type Services, startCluster, startServices } from '@multiconnect/local';
import pg from 'pg';

/** Worlds on the same services differ by their names. */
let worldCount = 0;

function namesOfNext() {
  worldCount++;
  return {
    number: { cc: '1', phoneNumber: `63155${String(worldCount).padStart(5, '0')}`, name: 'Bench Inc.' },
    databases: { cluster: `bench_${worldCount}`, registry: `bench_registry_${worldCount}` },
    redisPrefix: `bench${worldCount}`,
  };
}

export interface WorldOptions {
  readonly shards: number;
  readonly coreapps: number;
  readonly webapps: number;
  /** Those of the world's own are started unless given. */
  readonly services?: Services;
  /** Has PostgreSQL count what each statement costs, which costs something itself. */
  readonly statements?: boolean;
  readonly say: (line: string) => void;
}

/** A registered cluster on services with fsync on, with nothing else at work on them. */
export interface World {
  readonly services: Services;
  readonly target: LoadTarget;
  readonly gateway: Gateway;
  readonly token: string;
  /** wa_id digits. */
  readonly business: string;
  readonly cluster: () => Cluster;
  /** Ends the processes of the cluster and starts them again, on the same services. Resolves with how long the start took. */
  restart(): Promise<number>;
  query<Row>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  close(): Promise<void>;
}

const pidsOf = (processes: readonly ClusterProcess[]) => processes.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));

function processesOf(cluster: Cluster, services: Services): readonly ProcessGroup[] {
  const service = (name: string, pid: number | undefined) => ({ name, pids: pid === undefined ? [] : [pid] });
  return [
    { name: 'webapp', pids: pidsOf(cluster.webapps) },
    { name: 'coreapp', pids: pidsOf(cluster.coreapps) },
    { name: 'master', pids: pidsOf(cluster.masters) },
    service('PostgreSQL', services.pids.postgres),
    service('Redis', services.pids.redis),
    service('ejabberd', services.pids.ejabberd),
  ];
}

async function countStatements(services: Services): Promise<void> {
  const client = new pg.Client(services.postgresUrl);
  await client.connect();
  await client.query("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'");
  await client.end();
  await services.restart('postgres');
}

type Close = () => Promise<unknown>;

async function build(dir: string, options: WorldOptions, closes: Close[]): Promise<World> {
  const { shards, coreapps, webapps, say } = options;
  const onDeath = ({ message }: Error) => say(`! ${message}`);
  const services = options.services ?? (await startServices({ dir, onDeath }));
  if (options.services === undefined) closes.push(() => services.stop());
  if (options.statements === true) await countStatements(services);
  const ports = { webapp: await freePort(), registry: await freePort() };
  // A signal then opens the inspector of a process, at a port that is free.
  const environment = { NODE_OPTIONS: '--inspect-port=127.0.0.1:0' };
  const { number, ...names } = namesOfNext();
  const start = () => startCluster({ dir, services, counts: { masters: 2, coreapps, webapps }, ports, ...names, environment, onDeath });
  let cluster = await start();
  closes.push(() => cluster.stop());
  const gateway = createGateway(cluster.webappUrl);
  const { token, credentials } = await loginAsAdmin(gateway, undefined, () => undefined);
  await registerNumber(gateway, token, cluster, number, shards);
  await gateway.call(token, 'PATCH', '/v1/settings/application', { sent_status: true, webhooks: { url: 'http://127.0.0.1:9/', max_concurrent_requests: 24 } });
  const database = new pg.Pool({ connectionString: cluster.postgresUrl, max: 1 });
  closes.push(() => database.end());
  if (options.statements === true) await database.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  const { host, port, caFile } = services.xmpp;
  return {
    services,
    gateway,
    token,
    business: `${number.cc}${number.phoneNumber}`,
    target: {
      apiUrl: cluster.webappUrl,
      ...credentials,
      registryUrl: cluster.registryUrl,
      operatorToken: readFileSync(cluster.secrets.operatorTokenFile, 'utf8').trim(),
      routes: [{ host, port, security: 'starttls' }],
      ...(caFile === undefined ? {} : { ca: readFileSync(caFile, 'utf8') }),
      processes: processesOf(cluster, services),
    },
    cluster: () => cluster,
    async restart() {
      await cluster.stop();
      const startedAtMs = performance.now();
      cluster = await start();
      return performance.now() - startedAtMs;
    },
    query: async <Row>(sql: string, values: readonly unknown[] = []) => (await database.query(sql, [...values])).rows as Row[],
    close: () => closeAll(closes),
  };
}

async function closeAll(closes: readonly Close[]): Promise<void> {
  for (const close of closes.toReversed()) await close();
}

export interface BenchServices {
  readonly services: Services;
  close(): Promise<void>;
}

/** Services for several worlds, one after another. */
export async function openServices(say: (line: string) => void): Promise<BenchServices> {
  const dir = newDirectory();
  const services = await startServices({ dir, onDeath: ({ message }) => say(`! ${message}`) });
  return {
    services,
    async close() {
      await services.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function newDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'multiconnect-bench-'));
  // PostgreSQL's user has to pass through.
  chmodSync(dir, 0o711);
  return dir;
}

export async function openWorld(options: WorldOptions): Promise<World> {
  const dir = newDirectory();
  const closes: Close[] = [() => rm(dir, { recursive: true, force: true })];
  try {
    return await build(dir, options, closes);
  } catch (error) {
    await closeAll(closes);
    throw error;
  }
}
