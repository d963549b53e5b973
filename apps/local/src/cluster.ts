import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { databaseName, databaseUrl, ensureDatabase } from './database.ts';
import {
  type ClusterFacts,
  type Environment,
  inheritedEnvironment,
  nodeEnvironment,
  portVariables,
  registryEnvironment,
  registryUrl,
  webappEnvironment,
} from './environment.ts';
import { InterruptedError, SettingError } from './errors.ts';
import { type ManagedProcess, startProcess, type Watcher } from './managed-process.ts';
import { freePort, type WantedPort } from './ports.ts';
import { probeHttp } from './probe.ts';
import { repositoryRoot } from './repository.ts';
import { ensureSecrets, type Secrets } from './secrets.ts';
import type { ServiceAddresses } from './addresses.ts';

export type Role = 'registry' | 'master' | 'coreapp' | 'webapp';

export interface ClusterOptions extends Watcher {
  /** Logs, secrets and the log of registration codes go below it. */
  readonly dir: string;
  readonly services: ServiceAddresses;
  /** Default: 2 masters, 3 coreapps (2 shards and a spare), 1 webapp. */
  readonly counts?: { readonly masters?: number; readonly coreapps?: number; readonly webapps?: number };
  /** Free ones unless given; further webapps always take free ones. */
  readonly ports?: { readonly webapp?: number; readonly registry?: number };
  /** Names on the services' PostgreSQL; created when missing. */
  readonly databases?: { readonly cluster: string; readonly registry: string };
  readonly redisPrefix?: string;
  /** Where the process of this name finds the services, when not where the others do: behind a link that can be cut. */
  readonly servicesOf?: (name: string) => ServiceAddresses;
  /** Added to the environment of every process. */
  readonly environment?: Environment;
  /** Added to the environment of the process of this name. */
  readonly environmentOf?: (name: string) => Environment;
  /** The compiled program of each role. */
  readonly programs?: Readonly<Record<Role, string>>;
  /** Asked at each start of a process; undefined stands for its role's program. */
  readonly programOf?: (name: string) => string | undefined;
  /** Called for each process once it is ready. */
  readonly onReady?: ((name: string, tookMs: number) => void) | undefined;
}

export interface ClusterProcess extends ManagedProcess {
  readonly role: Role;
  /** Serves /metrics, /healthz and /readyz. */
  readonly metricsUrl: string;
  /** Where it listens for its work: HTTPS for a webapp, HTTP for the registry, calls for masters and coreapps. */
  readonly port: number;
}

export interface Cluster {
  readonly dir: string;
  readonly services: ServiceAddresses;
  readonly secrets: Secrets;
  readonly postgresUrl: string;
  readonly redisPrefix: string;
  /** `https://127.0.0.1:9090` of the first webapp; its certificate is self-signed. */
  readonly webappUrl: string;
  readonly registryUrl: string;
  /** Where the registry writes the codes that a provider would send. */
  readonly codeLogFile: string;
  readonly registry: ClusterProcess;
  readonly masters: readonly ClusterProcess[];
  readonly coreapps: readonly ClusterProcess[];
  readonly webapps: readonly ClusterProcess[];
  readonly processes: readonly ClusterProcess[];
  /** Webapps, coreapps, masters, registry; the services are left running. */
  stop(): Promise<void>;
}

const builtPrograms = (): Readonly<Record<Role, string>> => {
  const program = (role: Role): string => join(repositoryRoot, 'apps', role, 'dist', 'main.js');
  return { registry: program('registry'), master: program('master'), coreapp: program('coreapp'), webapp: program('webapp') };
};

const assertBuilt = (programs: Readonly<Record<Role, string>>): void => {
  const missing = Object.values(programs).find((program) => !existsSync(program));
  if (missing !== undefined) throw new SettingError(`${missing} is missing: run "npm run build"`);
};

interface Plan {
  readonly role: Role;
  readonly name: string;
  readonly port: WantedPort;
  readonly metricsPort: number;
  readonly environment: Environment;
}

const labels: Readonly<Record<Role, string>> = {
  registry: 'the registry',
  master: 'a master',
  coreapp: 'a coreapp',
  webapp: 'the webapp (HTTPS)',
};

const factsOf = (facts: ClusterFacts, services: ServiceAddresses): ClusterFacts => ({
  ...facts,
  services,
  postgresUrl: databaseUrl(services.postgresUrl, databaseName(facts.postgresUrl)),
});

const planProcess = async (facts: ClusterFacts, role: Role, name: string, fixedPort?: number): Promise<Plan> => {
  const metricsPort = await freePort();
  const port = fixedPort ?? (await freePort());
  const environments: Readonly<Record<Role, () => Environment>> = {
    registry: () => registryEnvironment(facts, name, metricsPort),
    master: () => nodeEnvironment(facts, name, metricsPort, port),
    coreapp: () => nodeEnvironment(facts, name, metricsPort, port),
    webapp: () => webappEnvironment(facts, name, metricsPort, port),
  };
  const variable = role === 'webapp' || role === 'registry' ? portVariables[role] : undefined;
  return { role, name, port: { port, use: labels[role], variable }, metricsPort, environment: environments[role]() };
};

/** Processes of one cluster share most of their modules: the compiled code is kept between them. */
const compileCache = (dir: string): Environment => ({ NODE_COMPILE_CACHE: join(dir, 'compile-cache') });

const startOne = async (plan: Plan, options: ClusterOptions, dir: string, program: string): Promise<ClusterProcess> => {
  const startedAt = performance.now();
  const metricsUrl = `http://127.0.0.1:${plan.metricsPort}`;
  const managed = await startProcess(
    {
      name: plan.name,
      child: {
        get command() {
          return [process.execPath, options.programOf?.(plan.name) ?? program] as const;
        },
        env: {
          ...{ ...inheritedEnvironment(process.env), ...compileCache(dir) },
          ...{ ...plan.environment, ...options.environment, ...options.environmentOf?.(plan.name) },
        },
        cwd: dir,
        logFile: join(dir, 'logs', `${plan.name}.log`),
        orphanSignal: 'SIGTERM',
      },
      ports: [plan.port, { port: plan.metricsPort, use: `${plan.name} (metrics)` }],
      stopSignal: 'SIGTERM',
      probe: () => probeHttp(`${metricsUrl}/readyz`),
    },
    options,
  );
  options.onReady?.(plan.name, performance.now() - startedAt);
  return {
    role: plan.role,
    metricsUrl,
    port: plan.port.port,
    name: managed.name,
    logFile: managed.logFile,
    get pid() {
      return managed.pid;
    },
    get exited() {
      return managed.exited;
    },
    kill: (signal) => managed.kill(signal),
    stop: () => managed.stop(),
    restart: () => managed.restart(),
  };
};

const stopOrder: readonly Role[] = ['webapp', 'coreapp', 'master', 'registry'];

const stopAll = async (processes: readonly ClusterProcess[]): Promise<void> => {
  for (const role of stopOrder) {
    await Promise.all(processes.filter((one) => one.role === role).map((one) => one.stop()));
  }
};

/** What did not start is thrown only when everything under way has settled, so that all of it can be stopped. */
const startGroup = async (starts: readonly Promise<ClusterProcess>[], started: ClusterProcess[]): Promise<void> => {
  const results = await Promise.allSettled(starts);
  started.push(...results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])));
  const failures = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason as Error);
  const cause = failures.find((failure) => !(failure instanceof InterruptedError)) ?? failures[0];
  if (cause !== undefined) throw cause;
};

const gatherFacts = async (options: ClusterOptions, dir: string): Promise<ClusterFacts> => {
  const databases = options.databases ?? { cluster: 'multiconnect', registry: 'registry' };
  const postgresUrl = databaseUrl(options.services.postgresUrl, databases.cluster);
  const registryPostgresUrl = databaseUrl(options.services.postgresUrl, databases.registry);
  await Promise.all([ensureDatabase(postgresUrl), ensureDatabase(registryPostgresUrl)]);
  const codeLogFile = join(dir, 'registration-codes.jsonl');
  if (!existsSync(codeLogFile)) writeFileSync(codeLogFile, '', { mode: 0o600 });
  return {
    services: options.services,
    secrets: ensureSecrets(join(dir, 'secrets')),
    postgresUrl,
    registryPostgresUrl,
    redisPrefix: options.redisPrefix ?? 'multiconnect',
    registryPort: options.ports?.registry ?? (await freePort()),
    codeLogFile,
    mediaDir: join(dir, 'media'),
    dataDir: join(dir, 'data'),
    logDir: join(dir, 'log-files'),
  };
};

const numbered = (role: Role, count: number): readonly string[] => Array.from({ length: count }, (_, index) => `${role}${index + 1}`);

/**
 * The processes of a cluster on this machine, over services that run already. They end with this process, however it ends.
 * @throws LocalError one line that names the process or port and the log to read
 */
export const startCluster = async (options: ClusterOptions): Promise<Cluster> => {
  const dir = resolve(options.dir);
  mkdirSync(join(dir, 'logs'), { recursive: true });
  const programs = options.programs ?? builtPrograms();
  assertBuilt(programs);
  const facts = await gatherFacts(options, dir);
  const { masters = 2, coreapps = 3, webapps = 1 } = options.counts ?? {};
  const start = async (role: Role, name: string, port?: number): Promise<ClusterProcess> =>
    startOne(await planProcess(factsOf(facts, options.servicesOf?.(name) ?? options.services), role, name, port), options, dir, programs[role]);

  const started: ClusterProcess[] = [];
  try {
    // A master brings the schema up to date, so the rest comes after it.
    await startGroup([start('registry', 'registry', facts.registryPort), ...numbered('master', masters).map((name) => start('master', name))], started);
    await startGroup(
      [
        ...numbered('coreapp', coreapps).map((name) => start('coreapp', name)),
        ...numbered('webapp', webapps).map((name, index) => start('webapp', name, index === 0 ? options.ports?.webapp : undefined)),
      ],
      started,
    );
  } catch (error) {
    await stopAll(started);
    throw error;
  }
  const withRole = (role: Role): readonly ClusterProcess[] => started.filter((one) => one.role === role);
  const [registry] = withRole('registry');
  const [firstWebapp] = withRole('webapp');
  if (registry === undefined || firstWebapp === undefined) throw new SettingError('a cluster needs a registry and a webapp');
  return {
    dir,
    services: options.services,
    secrets: facts.secrets,
    postgresUrl: facts.postgresUrl,
    redisPrefix: facts.redisPrefix,
    webappUrl: `https://127.0.0.1:${firstWebapp.port}`,
    registryUrl: registryUrl(facts),
    codeLogFile: facts.codeLogFile,
    registry,
    masters: withRole('master'),
    coreapps: withRole('coreapp'),
    webapps: withRole('webapp'),
    processes: started,
    stop: () => stopAll(started),
  };
};
