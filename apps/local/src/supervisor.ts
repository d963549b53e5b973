import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type CallbackSink, startCallbackSink } from './callback-sink.ts';
import { type Cluster, type ClusterOptions, type ClusterProcess, type Role, startCluster } from './cluster.ts';
import { findCompose, startComposeServices } from './compose.ts';
import { databaseName } from './database.ts';
import { portVariables } from './environment.ts';
import { InterruptedError, LocalError, type ProcessFailedError } from './errors.ts';
import { assertPortFree, type WantedPort } from './ports.ts';
import type { Progress } from './progress.ts';
import { type Services, type ServicesOptions, servicesToStart, startServices } from './services.ts';
import { type LocalSettings, readSettings } from './settings.ts';
import { type Credentials, type RunningProcess, readCredentials, readState, releaseLock, takeLock, writeState } from './state.ts';

export interface Running {
  readonly services: Services;
  readonly cluster: Cluster;
  readonly sink: CallbackSink;
}

export interface Introduction {
  readonly credentials: Credentials;
  /** With country code and `+`. */
  readonly businessNumber: string;
  /** Printed once everything is up. */
  readonly lines: readonly string[];
}

/** Makes a running cluster ready for use: the first password change, a number, a first conversation. */
export type Introduce = (running: Running, known: Credentials | undefined, progress: Progress, dir: string) => Promise<Introduction>;

export interface SupervisorOptions {
  /** Everything lies below it. */
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly progress: Progress;
  readonly introduce: Introduce;
  /** Asks for the end, at any time. */
  readonly signal: AbortSignal;
  readonly programs?: Readonly<Record<Role, string>>;
  readonly onUp?: () => void;
}

const wantedPorts = (settings: LocalSettings): readonly WantedPort[] => {
  const { external, servicePorts } = settings;
  const { starttls, directTls, http } = servicePorts.ejabberd;
  const ofServices: Readonly<Record<ReturnType<typeof servicesToStart>[number], readonly WantedPort[]>> = {
    postgres: [{ port: servicePorts.postgres, use: 'PostgreSQL', variable: portVariables.postgres }],
    redis: [{ port: servicePorts.redis, use: 'Redis', variable: portVariables.redis }],
    ejabberd: [
      { port: starttls, use: 'ejabberd (STARTTLS)', variable: portVariables.xmpp },
      { port: directTls, use: 'ejabberd (direct TLS)', variable: portVariables.xmppDirectTls },
      { port: http, use: 'ejabberd (HTTP)', variable: portVariables.ejabberdHttp },
    ],
  };
  return [
    { port: settings.webappPort, use: 'the webapp (HTTPS)', variable: portVariables.webapp, host: settings.webappHost },
    { port: settings.registryPort, use: 'the registry', variable: portVariables.registry },
    { port: settings.callbackSinkPort, use: 'the callback sink', variable: portVariables.callbackSink },
    ...servicesToStart(external).flatMap((name) => ofServices[name]),
  ];
};

const provideServices = async (options: ServicesOptions, progress: Progress): Promise<Services> => {
  const names = servicesToStart(options.external ?? {});
  const compose = names.length === 0 ? undefined : await findCompose();
  if (compose === undefined) return startServices(options);
  progress.begin(`services in containers: ${names.join(', ')}`);
  return startComposeServices(options, compose);
};

const describeProcesses = ({ services, cluster }: Running): readonly RunningProcess[] => {
  const portOf = (url: string, fallback: number): number => Number(/:(\d+)(?:\/|$)/.exec(url)?.[1] ?? fallback);
  const service = (name: 'postgres' | 'redis' | 'ejabberd', label: string, port: number): RunningProcess => ({
    ...{ name: label, kind: 'service', pid: services.pids[name], port, logFile: services.logs[name] },
  });
  const ofCluster = ({ name, pid, port, metricsUrl, logFile }: ClusterProcess): RunningProcess => ({
    ...{ name, kind: 'process', pid, port, metricsUrl, logFile },
  });
  return [
    service('postgres', 'PostgreSQL', portOf(services.postgresUrl, 5432)),
    service('redis', 'Redis', portOf(services.redisUrl, 6379)),
    service('ejabberd', 'ejabberd', services.xmpp.port),
    ...cluster.processes.map(ofCluster),
  ];
};

const writeRunning = (dir: string, running: Running, introduction: Introduction): void => {
  const { cluster, services, sink } = running;
  writeState(dir, {
    supervisorPid: process.pid,
    url: cluster.webappUrl.replace('127.0.0.1', 'localhost'),
    ...introduction.credentials,
    apiKeyFile: cluster.secrets.apiKeyFile,
    registryUrl: cluster.registryUrl,
    operatorTokenFile: cluster.secrets.operatorTokenFile,
    codeLogFile: cluster.codeLogFile,
    callbackSinkUrl: sink.url,
    postgresUrl: cluster.postgresUrl,
    redisUrl: services.redisUrl,
    redisPrefix: cluster.redisPrefix,
    xmpp: services.xmpp,
    ejabberdApiUrl: services.ejabberdApiUrl,
    businessNumber: introduction.businessNumber,
    processes: describeProcesses(running),
  });
};

/** A server of one's own may serve others too: everything goes by the name of the database that its URL names. */
const databasesOn = (externalUrl: string | undefined): Pick<ClusterOptions, 'databases'> => {
  if (externalUrl === undefined) return {};
  const cluster = databaseName(externalUrl);
  return { databases: { cluster, registry: `${cluster}_registry` } };
};

type Stop = () => Promise<void>;

/** Starts all of it; what has been started is entered in `stops`, in the order of starting. */
const start = async (options: SupervisorOptions, settings: LocalSettings, stops: Stop[]): Promise<Running> => {
  const { dir, progress, signal } = options;
  const watcher = {
    signal,
    onDeath: (error: ProcessFailedError) => progress.failed(error.message),
    onReady: (name: string, tookMs: number) => progress.done(`${name} is ready`, tookMs),
  };
  for (const port of wantedPorts(settings)) await assertPortFree(port);
  const services = await provideServices(
    {
      ...{ dir, ports: settings.servicePorts, domain: settings.domain, external: settings.external, ...watcher },
      onInstall: (packages) => progress.begin(`installing ${packages.join(', ')}`),
    },
    progress,
  );
  stops.push(() => services.stop());
  const sink = await startCallbackSink({ port: settings.callbackSinkPort, file: join(dir, 'logs', 'callbacks.jsonl') });
  stops.push(() => sink.stop());
  const cluster = await startCluster({
    ...{ dir, services, environment: settings.extra, ...watcher, ...databasesOn(settings.external.postgresUrl) },
    ports: { webapp: settings.webappPort, registry: settings.registryPort },
    ...(options.programs === undefined ? {} : { programs: options.programs }),
  });
  stops.push(() => cluster.stop());
  return { services, sink, cluster };
};

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

const keepUp = async (options: SupervisorOptions, stops: Stop[]): Promise<void> => {
  const { dir, progress, signal } = options;
  const running = await start(options, readSettings(options.env), stops);
  const interrupted = aborted(signal).then(() => {
    throw new InterruptedError();
  });
  const introduction = await Promise.race([options.introduce(running, readCredentials(dir), progress, dir), interrupted]);
  writeRunning(dir, running, introduction);
  for (const line of introduction.lines) progress.note(line);
  options.onUp?.();
  await aborted(signal);
};

const exitCodes = { done: 0, failed: 1 } as const;

/**
 * Keeps a cluster up until the signal; then ends everything it started and nothing else. Resolves with an exit code.
 * A second one for the same directory says that the first is up, and ends.
 */
export const supervise = async (options: SupervisorOptions): Promise<number> => {
  const { dir, progress, signal } = options;
  const other = takeLock(dir);
  if (other !== undefined) {
    const url = readState(dir)?.url;
    progress.note(url === undefined ? `Multiconnect is starting already (process ${other.pid}).` : `Multiconnect is up already: ${url}`);
    return exitCodes.done;
  }
  mkdirSync(join(dir, 'logs'), { recursive: true });
  const stops: Stop[] = [];
  try {
    await keepUp(options, stops);
    progress.note('Stopping …');
    return exitCodes.done;
  } catch (error) {
    if (!(error instanceof LocalError)) throw error;
    progress.failed(error.message);
    return signal.aborted ? exitCodes.done : exitCodes.failed;
  } finally {
    for (const stop of stops.toReversed()) await stop();
    releaseLock(dir);
    if (stops.length > 0) progress.note('Everything that was started has stopped.');
  }
};
