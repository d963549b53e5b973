import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { ServiceAddresses } from './addresses.ts';
import { ensureServerCertificate } from './certificates.ts';
import { type Child, spawnChild } from './child.ts';
import { ejabberdYaml } from './ejabberd-config.ts';
import { inheritedEnvironment, portVariables } from './environment.ts';
import { ExternalServiceError, InterruptedError, ProcessFailedError } from './errors.ts';
import { ensurePackages, openssl, type ServiceName } from './packages.ts';
import { assertPortFree, freePort, type WantedPort } from './ports.ts';
import { probeHttp, probePostgres, probeRedis, probeXmpp } from './probe.ts';
import { repositoryRoot } from './repository.ts';
import {
  defaultDomain,
  freeEjabberdPorts,
  type ServicePorts,
  type Services,
  type ServicesOptions,
  servicesToStart,
} from './services.ts';

const run = promisify(execFile);
const engineLimitMs = 5_000;
const readyLimitMs = 120_000;
const probeEveryMs = 100;
const composeFile = join(repositoryRoot, 'docker', 'compose.services.yaml');
const labels: Readonly<Record<ServiceName, string>> = { postgres: 'PostgreSQL', redis: 'Redis', ejabberd: 'ejabberd' };

/** Networks that an engine reaches a container from; the port is published on loopback only. */
const engineNetworks = ['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];

export type ComposeCommand = readonly [string, ...string[]];

const succeeds = (program: string, args: readonly string[]): Promise<boolean> =>
  run(program, args, { timeout: engineLimitMs }).then(
    () => true,
    () => false,
  );

/** How Compose is called here; undefined unless a Docker engine answers. */
export const findCompose = async (): Promise<ComposeCommand | undefined> => {
  if (!(await succeeds('docker', ['info']))) return undefined;
  if (await succeeds('docker', ['compose', 'version'])) return ['docker', 'compose'];
  return (await succeeds('docker-compose', ['version'])) ? ['docker-compose'] : undefined;
};

interface Setup {
  readonly addresses: ServiceAddresses;
  readonly command: ComposeCommand;
  readonly environment: NodeJS.ProcessEnv;
  readonly wantedPorts: Readonly<Record<ServiceName, readonly WantedPort[]>>;
  readonly probes: Readonly<Record<ServiceName, () => Promise<void>>>;
}

/** Kept in a file: containers and volumes are found again, and go out of use when the directory is deleted. */
const keptRandom = (file: string, bytes: number): string => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  if (!existsSync(file)) writeFileSync(file, randomBytes(bytes).toString('hex'), { mode: 0o600 });
  return readFileSync(file, 'utf8');
};

/** Read by the container's own user, so open to all, in a directory that is not. */
const writeEjabberdFiles = async (dir: string, domain: string, ports: ServicePorts['ejabberd']) => {
  const home = join(dir, 'compose');
  const { caFile, chainAndKeyFile } = await ensureServerCertificate(join(dir, 'tls'), domain);
  copyFileSync(chainAndKeyFile, join(home, 'certificate.pem'));
  const inContainer = '/home/ejabberd';
  const yaml = ejabberdYaml({
    ...{ domain, ports, certificateFile: `${inContainer}/conf/certificate.pem`, databaseFile: `${inContainer}/database/ejabberd.sqlite` },
    ...{ uploadDir: `${inContainer}/database/upload`, listenAt: '0.0.0.0', apiNetworks: engineNetworks },
  });
  writeFileSync(join(home, 'ejabberd.yml'), yaml);
  for (const name of ['certificate.pem', 'ejabberd.yml']) chmodSync(join(home, name), 0o644);
  return { caFile, home };
};

const setUp = async (options: ServicesOptions, dir: string, compose: ComposeCommand): Promise<Setup> => {
  const { external = {}, domain = defaultDomain } = options;
  const ports: ServicePorts = {
    postgres: options.ports?.postgres ?? (await freePort()),
    redis: options.ports?.redis ?? (await freePort()),
    ejabberd: options.ports?.ejabberd ?? (await freeEjabberdPorts()),
  };
  const { starttls, directTls, http } = ports.ejabberd;
  const project = `multiconnect-${keptRandom(join(dir, 'compose', 'project'), 4)}`;
  const passwordFile = join(dir, 'compose', 'postgres-password');
  const password = keptRandom(passwordFile, 24);
  const { caFile, home } = await writeEjabberdFiles(dir, domain, ports.ejabberd);
  const chat = external.ejabberd ?? {
    xmpp: { domain, host: '127.0.0.1', port: starttls, directTlsPort: directTls, caFile },
    ejabberdApiUrl: `http://127.0.0.1:${http}/api`,
  };
  const postgresUrl = external.postgresUrl ?? `postgresql://postgres:${password}@127.0.0.1:${ports.postgres}/postgres`;
  return {
    addresses: { postgresUrl, redisUrl: external.redisUrl ?? `redis://127.0.0.1:${ports.redis}`, ...chat },
    command: [...compose, '--project-name', project, '--file', composeFile],
    environment: {
      ...inheritedEnvironment(process.env),
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('DOCKER_'))),
      POSTGRES_PORT: String(ports.postgres),
      POSTGRES_PASSWORD_FILE: passwordFile,
      REDIS_PORT: String(ports.redis),
      XMPP_PORT: String(starttls),
      XMPP_TLS_PORT: String(directTls),
      EJABBERD_PORT: String(http),
      EJABBERD_CONFIG_DIR: home,
    },
    wantedPorts: {
      postgres: [{ port: ports.postgres, use: labels.postgres, variable: portVariables.postgres }],
      redis: [{ port: ports.redis, use: labels.redis, variable: portVariables.redis }],
      ejabberd: [
        { port: starttls, use: 'ejabberd (STARTTLS)', variable: portVariables.xmpp },
        { port: directTls, use: 'ejabberd (direct TLS)', variable: portVariables.xmppDirectTls },
        { port: http, use: 'ejabberd (HTTP)', variable: portVariables.ejabberdHttp },
      ],
    },
    probes: {
      postgres: () => probePostgres(postgresUrl),
      redis: () => probeRedis(ports.redis),
      ejabberd: async () => {
        await probeXmpp(domain, starttls);
        await probeHttp(`${chat.ejabberdApiUrl}/status`, { method: 'POST', body: '{}' });
      },
    },
  };
};

const untilReady = async (name: ServiceName, { probes }: Setup, logFile: string, signal?: AbortSignal): Promise<void> => {
  const until = performance.now() + readyLimitMs;
  for (;;) {
    try {
      await probes[name]();
      return;
    } catch (error) {
      if (signal?.aborted === true) throw new InterruptedError();
      const reason = error instanceof Error ? error.message : 'no answer';
      if (performance.now() > until) throw new ProcessFailedError(labels[name], `does not answer (${reason})`, logFile);
    }
    await delay(probeEveryMs);
  }
};

/** `startServices` with containers: the same services, the same promises. Their data is in the project's volumes. */
export const startComposeServices = async (options: ServicesOptions, compose: ComposeCommand): Promise<Services> => {
  const dir = resolve(options.dir);
  const logOf = (name: string): string => join(dir, 'logs', `${name}.log`);
  mkdirSync(join(dir, 'logs'), { recursive: true });
  await ensurePackages([openssl], logOf('packages'));
  const setup = await setUp(options, dir, compose);
  const wanted = servicesToStart(options.external ?? {});
  for (const port of wanted.flatMap((name) => setup.wantedPorts[name])) await assertPortFree(port);

  const [program, ...prefix] = setup.command;
  const call = async (...args: readonly string[]): Promise<string> => {
    const done = await run(program, [...prefix, ...args], { env: setup.environment }).catch((error: unknown) => {
      appendFileSync(logOf('compose'), `${error instanceof Error ? error.message : String(error)}\n`);
      throw new ProcessFailedError(`docker compose ${args[0] ?? ''}`, 'failed', logOf('compose'));
    });
    appendFileSync(logOf('compose'), done.stderr);
    return done.stdout;
  };

  const pids = new Map<ServiceName, number>();
  const followers = new Map<ServiceName, Child>();
  const follow = async (name: ServiceName): Promise<void> => {
    const container = (await call('ps', '--quiet', name)).trim();
    pids.set(name, Number((await run('docker', ['inspect', '--format', '{{.State.Pid}}', container])).stdout));
    const follower = spawnChild({
      command: ['docker', 'logs', '--follow', '--since', '1m', container],
      ...{ env: setup.environment, cwd: dir, logFile: logOf(name), orphanSignal: 'SIGTERM' },
    });
    followers.set(name, follower);
    void follower.exited.then(() => {
      if (followers.get(name) !== follower) return;
      options.onDeath?.(new ProcessFailedError(labels[name], 'died', logOf(name)));
    });
  };
  const unfollow = async (name: ServiceName): Promise<void> => {
    const follower = followers.get(name);
    followers.delete(name);
    pids.delete(name);
    await follower?.end('SIGTERM', engineLimitMs);
  };
  const start = async (name: ServiceName): Promise<void> => {
    const startedAt = performance.now();
    await follow(name);
    await untilReady(name, setup, logOf(name), options.signal);
    options.onReady?.(labels[name], performance.now() - startedAt);
  };
  const stop = async (): Promise<void> => {
    await Promise.all(wanted.map(unfollow));
    await call('down');
  };
  const assertOurs = (name: ServiceName): void => {
    if (!wanted.includes(name)) throw new ExternalServiceError(name);
  };

  try {
    if (wanted.length > 0) await call('up', '--detach', ...wanted);
    await Promise.all(wanted.map(start));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    dir,
    ...setup.addresses,
    logs: Object.fromEntries(wanted.map((name) => [name, logOf(name)])),
    get pids() {
      return Object.fromEntries(pids);
    },
    stop,
    kill: async (name) => {
      assertOurs(name);
      await unfollow(name);
      await call('kill', name);
    },
    restart: async (name) => {
      assertOurs(name);
      await unfollow(name);
      await call('restart', name);
      await start(name);
    },
  };
};
