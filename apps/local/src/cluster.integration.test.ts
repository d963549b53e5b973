import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { descendants, isAlive } from './child.ts';
import { type Cluster, type ClusterOptions, type ClusterProcess, startCluster } from './cluster.ts';
import { dropDatabase } from './database.ts';
import { ProcessFailedError } from './errors.ts';
import { probePostgres } from './probe.ts';
import { testClusterNames, testServices } from './testing/index.ts';
import { standInPrograms } from './testing/stand-in-program.ts';

const dir = mkdtempSync(join(tmpdir(), 'multiconnect-cluster-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const names = testClusterNames();
const deaths: ProcessFailedError[] = [];

const options = (): ClusterOptions => ({
  ...{ dir, services: testServices(), ...names },
  programs: standInPrograms(join(dir, 'programs')),
  onDeath: (error) => deaths.push(error),
});

const environmentOf = async ({ metricsUrl }: ClusterProcess): Promise<NodeJS.ProcessEnv> =>
  (await (await fetch(`${metricsUrl}/environment`)).json()) as NodeJS.ProcessEnv;

describe('a cluster', () => {
  let cluster: Cluster;
  beforeEach(async () => {
    deaths.length = 0;
    cluster = await startCluster(options());
  });
  afterEach(() => cluster.stop());
  afterAll(async () => {
    await dropDatabase(cluster.postgresUrl);
    await dropDatabase(cluster.postgresUrl.replace(names.databases.cluster, names.databases.registry));
  });

  test('has two masters, three coreapps, a webapp and a registry, each with its own log and ports', () => {
    const { processes } = cluster;
    expect(processes.map(({ name }) => name)).toEqual(['registry', 'master1', 'master2', 'coreapp1', 'coreapp2', 'coreapp3', 'webapp1']);
    expect(new Set(processes.flatMap(({ port, metricsUrl }) => [port, Number(new URL(metricsUrl).port)])).size).toBe(14);
    expect(processes.every(({ logFile }) => statSync(logFile).isFile())).toBe(true);
  });

  test('gives a coreapp the variables it is configured with', async () => {
    const [coreapp] = cluster.coreapps;
    const environment = await environmentOf(coreapp ?? cluster.registry);
    const { services, secrets } = cluster;
    expect(environment).toMatchObject({
      MULTICONNECT_NODE_NAME: 'coreapp1',
      MULTICONNECT_POSTGRES_URL: cluster.postgresUrl,
      MULTICONNECT_REDIS_URL: services.redisUrl,
      MULTICONNECT_REDIS_PREFIX: names.redisPrefix,
      MULTICONNECT_SEAL_KEY_FILE: secrets.sealKeyFile,
      MULTICONNECT_CLUSTER_SECRET_FILE: secrets.clusterSecretFile,
      MULTICONNECT_RPC_PORT: String(coreapp?.port),
      MULTICONNECT_REGISTRY_URL: cluster.registryUrl,
      MULTICONNECT_XMPP_CA_FILE: services.xmpp.caFile,
      MULTICONNECT_XMPP_ROUTES: `127.0.0.1:${services.xmpp.port}:starttls,127.0.0.1:${services.xmpp.directTlsPort ?? 0}:direct-tls`,
    });
    expect(Object.keys(environment).filter((name) => name.startsWith('TEST_'))).toEqual([]);
  });

  test('keeps its secrets in files of their owner alone, out of arguments and environments', async () => {
    const files = Object.values(cluster.secrets) as string[];
    expect(files.map((file) => statSync(file).mode & 0o777)).toEqual(files.map(() => 0o600));
    expect(Buffer.from(readFileSync(cluster.secrets.sealKeyFile, 'utf8'), 'base64')).toHaveLength(32);
    const environments = JSON.stringify(await Promise.all(cluster.processes.map(environmentOf)));
    for (const file of files) expect(environments).not.toContain(readFileSync(file, 'utf8'));
  });

  test('creates its databases', async () => {
    await probePostgres(cluster.postgresUrl);
    await probePostgres(cluster.postgresUrl.replace(names.databases.cluster, names.databases.registry));
  });

  test('brings a killed process back under its name and ports, and reports no death', async () => {
    const coreapp = cluster.coreapps[1] ?? cluster.registry;
    const before = coreapp.pid ?? 0;
    await coreapp.kill('SIGKILL');
    expect(isAlive(before)).toBe(false);
    expect(await coreapp.exited).toEqual({ code: null, signal: 'SIGKILL' });
    await coreapp.restart();
    expect(coreapp.pid).not.toBe(before);
    expect((await environmentOf(coreapp)).MULTICONNECT_NODE_NAME).toBe('coreapp2');
    expect(deaths).toEqual([]);
  });

  test('a frozen process thaws as the same one', async () => {
    const coreapp = cluster.coreapps[0] ?? cluster.registry;
    const stateOf = (): string => readFileSync(`/proc/${coreapp.pid ?? 0}/stat`, 'utf8').split(') ')[1]?.charAt(0) ?? '';
    const { pid } = coreapp;
    await coreapp.kill('SIGSTOP');
    while (stateOf() !== 'T') await delay(5);
    await coreapp.kill('SIGCONT');
    expect((await environmentOf(coreapp)).MULTICONNECT_NODE_NAME).toBe('coreapp1');
    expect(coreapp.pid).toBe(pid);
  });

  test('reports a process that dies, in one line with its log', async () => {
    const [master] = cluster.masters;
    process.kill(master?.pid ?? 0, 'SIGKILL');
    while (deaths.length === 0) await delay(10);
    expect(deaths.map(({ message }) => message)).toEqual([`master1 died (signal SIGKILL); see ${master?.logFile ?? ''}`]);
  });

  test('stops webapps, coreapps, masters, registry in this order, and leaves none', async () => {
    const pids = cluster.processes.map(({ pid }) => pid ?? 0);
    await cluster.stop();
    const ended = readFileSync(join(dir, 'programs', 'ended'), 'utf8').trim().split('\n');
    const roles = ended.map((name) => name.replace(/\d+$/, ''));
    expect(roles).toEqual(['webapp', 'coreapp', 'coreapp', 'coreapp', 'master', 'master', 'registry']);
    expect(pids.filter(isAlive)).toEqual([]);
  });
});

describe('a process that does not start', () => {
  test('is named in one line with its log, and nothing is left running', async () => {
    const before = descendants(process.pid);
    const attempt = startCluster({ ...options(), environment: { STAND_IN_FAILS: 'coreapp2' } });
    await expect(attempt).rejects.toThrow(new ProcessFailedError('coreapp2', 'stopped while starting (exit code 2)', join(dir, 'logs', 'coreapp2.log')));
    expect(readFileSync(join(dir, 'logs', 'coreapp2.log'), 'utf8')).toBe('cannot start\n');
    expect(descendants(process.pid)).toEqual(before);
  });
});

describe('a process with a place of its own', () => {
  test('finds the services, its environment and its program there, also after a restart', async () => {
    const { postgresUrl, ...services } = testServices();
    const linked = { ...services, postgresUrl: postgresUrl.replace('127.0.0.1', 'localhost'), redisUrl: 'redis://127.0.0.1:1' };
    const programs = standInPrograms(join(dir, 'programs'));
    const asked: string[] = [];
    const cluster = await startCluster({
      ...options(),
      counts: { masters: 1, coreapps: 2, webapps: 1 },
      servicesOf: (name) => (name === 'coreapp2' ? linked : testServices()),
      environmentOf: (name) => (name === 'coreapp2' ? { TZ: 'UTC-3' } : {}),
      programOf: (name) => {
        asked.push(name);
        return name === 'coreapp2' ? programs.coreapp : undefined;
      },
    });
    const [, linkedCoreapp] = cluster.coreapps;
    const expected = {
      MULTICONNECT_POSTGRES_URL: cluster.postgresUrl.replace('127.0.0.1', 'localhost'),
      MULTICONNECT_REDIS_URL: linked.redisUrl,
      TZ: 'UTC-3',
    };
    if (linkedCoreapp === undefined) throw new Error('no second coreapp');
    expect(await environmentOf(linkedCoreapp)).toMatchObject(expected);
    await linkedCoreapp.restart();
    expect(await environmentOf(linkedCoreapp)).toMatchObject(expected);
    expect(asked.filter((name) => name === 'coreapp2')).toHaveLength(2);
    await cluster.stop();
    await dropDatabase(cluster.postgresUrl);
    await dropDatabase(cluster.postgresUrl.replace(names.databases.cluster, names.databases.registry));
  });
});
