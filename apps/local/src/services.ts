import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ServiceAddresses, XmppAddress } from './addresses.ts';
import { prepareEjabberd } from './ejabberd.ts';
import type { EjabberdPorts } from './ejabberd-config.ts';
import { ExternalServiceError } from './errors.ts';
import { type ManagedProcess, type ProcessDefinition, startProcess, type Watcher } from './managed-process.ts';
import { ensurePackages, servicePackages, type ServiceName } from './packages.ts';
import { freePort } from './ports.ts';
import { preparePostgres } from './postgres.ts';
import { prepareRedis } from './redis.ts';

export interface ServicePorts {
  readonly postgres: number;
  readonly redis: number;
  readonly ejabberd: EjabberdPorts;
}

export interface ExternalChatServer {
  readonly xmpp: XmppAddress;
  readonly ejabberdApiUrl: string;
}

/** Services that somebody else runs. What is named here is not started. */
export interface ExternalServices {
  readonly postgresUrl?: string | undefined;
  readonly redisUrl?: string | undefined;
  readonly ejabberd?: ExternalChatServer | undefined;
}

export interface ServicesOptions extends Watcher {
  /** Data, configuration and logs go below it. */
  readonly dir: string;
  /** A port that is not given is chosen among the free ones. */
  readonly ports?: Partial<ServicePorts>;
  readonly domain?: string;
  readonly external?: ExternalServices;
  /** Called before Debian packages are installed. */
  readonly onInstall?: ((packages: readonly string[]) => void) | undefined;
  /** Called for each service once it answers. */
  readonly onReady?: ((name: string, tookMs: number) => void) | undefined;
}

export interface Services extends ServiceAddresses {
  readonly dir: string;
  /** Of those started here. */
  readonly logs: Readonly<Partial<Record<ServiceName, string>>>;
  /** Of those started here and running now. */
  readonly pids: Readonly<Partial<Record<ServiceName, number>>>;
  /** Ends everything started here, and nothing else. */
  stop(): Promise<void>;
  /** @throws ExternalServiceError */
  restart(name: ServiceName): Promise<void>;
  /** SIGKILL. @throws ExternalServiceError */
  kill(name: ServiceName): Promise<void>;
}

export const defaultDomain = 'chat.localhost';

type Start = (name: ServiceName, definition: ProcessDefinition) => Promise<void>;

const startPostgres = async ({ external, ports }: ServicesOptions, dir: string, start: Start): Promise<string> => {
  if (external?.postgresUrl !== undefined) return external.postgresUrl;
  const { url, definition } = await preparePostgres(dir, ports?.postgres ?? (await freePort()));
  await start('postgres', definition);
  return url;
};

const startRedis = async ({ external, ports }: ServicesOptions, dir: string, start: Start): Promise<string> => {
  if (external?.redisUrl !== undefined) return external.redisUrl;
  const { url, definition } = prepareRedis(dir, ports?.redis ?? (await freePort()));
  await start('redis', definition);
  return url;
};

export const freeEjabberdPorts = async (): Promise<EjabberdPorts> => ({
  starttls: await freePort(),
  directTls: await freePort(),
  http: await freePort(),
});

const startChat = async (options: ServicesOptions, dir: string, start: Start): Promise<ExternalChatServer> => {
  if (options.external?.ejabberd !== undefined) return options.external.ejabberd;
  const domain = options.domain ?? defaultDomain;
  const ports = options.ports?.ejabberd ?? (await freeEjabberdPorts());
  const { caFile, apiUrl, definition } = await prepareEjabberd(dir, domain, ports);
  await start('ejabberd', definition);
  const xmpp = { domain, host: '127.0.0.1', port: ports.starttls, directTlsPort: ports.directTls, caFile };
  return { xmpp, ejabberdApiUrl: apiUrl };
};

export const servicesToStart = ({ postgresUrl, redisUrl, ejabberd }: ExternalServices): readonly ServiceName[] => [
  ...(postgresUrl === undefined ? (['postgres'] as const) : []),
  ...(redisUrl === undefined ? (['redis'] as const) : []),
  ...(ejabberd === undefined ? (['ejabberd'] as const) : []),
];

/**
 * PostgreSQL, Redis and ejabberd as child processes on loopback; missing Debian packages are installed. They end with
 * this process, however it ends.
 * @throws LocalError one line that names the service or port and the log to read
 */
export const startServices = async (options: ServicesOptions): Promise<Services> => {
  const dir = resolve(options.dir);
  mkdirSync(join(dir, 'logs'), { recursive: true });
  const wanted = servicesToStart(options.external ?? {});
  await ensurePackages(
    wanted.flatMap((name) => servicePackages[name]),
    join(dir, 'logs', 'packages.log'),
    options.onInstall,
  );
  const running = new Map<ServiceName, ManagedProcess>();
  const stop = async (): Promise<void> => {
    await Promise.all([...running.values()].map((service) => service.stop()));
  };
  const start: Start = async (name, definition) => {
    const startedAt = performance.now();
    running.set(name, await startProcess(definition, options));
    options.onReady?.(definition.name, performance.now() - startedAt);
  };
  const starting = [startPostgres(options, dir, start), startRedis(options, dir, start), startChat(options, dir, start)] as const;
  const [postgresUrl, redisUrl, chat] = await Promise.all(starting).catch(async (error: unknown) => {
    await Promise.allSettled(starting);
    await stop();
    throw error;
  });
  const managed = (name: ServiceName): ManagedProcess => {
    const service = running.get(name);
    if (service === undefined) throw new ExternalServiceError(name);
    return service;
  };
  return {
    dir,
    postgresUrl,
    redisUrl,
    ...chat,
    logs: Object.fromEntries([...running].map(([name, { logFile }]) => [name, logFile])),
    get pids() {
      return Object.fromEntries([...running].flatMap(([name, { pid }]) => (pid === undefined ? [] : [[name, pid]])));
    },
    stop,
    restart: async (name) => managed(name).restart(),
    kill: async (name) => managed(name).kill(),
  };
};
