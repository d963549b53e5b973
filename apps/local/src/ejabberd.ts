import { accessSync, constants, existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ensureServerCertificate } from './certificates.ts';
import { type EjabberdPorts, ejabberdYaml } from './ejabberd-config.ts';
import { portVariables } from './environment.ts';
import { probeHttp, probeXmpp } from './probe.ts';
import type { ProcessDefinition } from './managed-process.ts';

export interface PreparedEjabberd {
  readonly caFile: string;
  readonly apiUrl: string;
  readonly definition: ProcessDefinition;
}

/** Where Debian keeps ejabberd's compiled modules: /usr/lib/x86_64-linux-gnu on most machines. */
const erlangLibraries = (): string => {
  const [application = '/usr/lib/ejabberd-0/ebin'] = globSync('/usr/lib/*/ejabberd-*/ebin');
  return dirname(dirname(application));
};

const isReadable = (file: string): boolean => {
  if (!existsSync(file)) return false;
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return false;
    throw error;
  }
};

/** Has the resolver read /etc/hosts before it asks anyone. */
const resolverFile = '/etc/ejabberd/inetrc';

/**
 * Erlang without distribution: no node name, no epmd, no cookie, so beam.smp is the only process.
 * Its schedulers do not spin while they wait; the machine has other work.
 */
const command = (spool: string): readonly [string, ...string[]] => [
  ...(['erl', '+K', 'true', '+P', '250000', '+sbwt', 'none', '+sbwtdcpu', 'none', '+sbwtdio', 'none'] as const),
  ...['-noinput', '-mnesia', 'dir', JSON.stringify(spool), '-s', 'ejabberd'],
];

/** One flush a commit instead of several: six times the offline messages a second. SQLite remembers the mode. */
const useWriteAheadLog = (databaseFile: string): void => {
  const database = new DatabaseSync(databaseFile);
  try {
    database.exec('PRAGMA journal_mode = WAL');
  } finally {
    database.close();
  }
};

/** Certificate, configuration and storage of an ejabberd in `<dir>/ejabberd`. */
export const prepareEjabberd = async (dir: string, domain: string, ports: EjabberdPorts): Promise<PreparedEjabberd> => {
  const home = join(dir, 'ejabberd');
  const spool = join(home, 'spool');
  const uploadDir = join(home, 'upload');
  for (const path of [spool, uploadDir]) mkdirSync(path, { recursive: true, mode: 0o700 });
  const { caFile, chainAndKeyFile } = await ensureServerCertificate(join(dir, 'tls'), domain);
  const configFile = join(home, 'ejabberd.yml');
  const databaseFile = join(spool, 'ejabberd.sqlite');
  useWriteAheadLog(databaseFile);
  const yaml = ejabberdYaml({
    ...{ domain, ports, certificateFile: chainAndKeyFile, databaseFile, uploadDir },
    ...{ listenAt: '127.0.0.1', apiNetworks: ['127.0.0.0/8'] },
  });
  writeFileSync(configFile, yaml);
  const apiUrl = `http://127.0.0.1:${ports.http}/api`;
  return {
    caFile,
    apiUrl,
    definition: {
      name: 'ejabberd',
      child: {
        command: command(spool),
        env: {
          PATH: process.env['PATH'],
          HOME: home,
          LANG: 'C.UTF-8',
          TZ: 'UTC',
          EJABBERD_CONFIG_PATH: configFile,
          EJABBERD_LOG_PATH: join(home, 'ejabberd.log'),
          ERL_CRASH_DUMP: join(home, 'erl_crash.dump'),
          ERL_LIBS: erlangLibraries(),
          ERL_MAX_PORTS: '32000',
          ERL_MAX_ETS_TABLES: '2000',
          ...(isReadable(resolverFile) ? { ERL_INETRC: resolverFile } : {}),
        },
        cwd: home,
        logFile: join(dir, 'logs', 'ejabberd.log'),
        orphanSignal: 'SIGTERM',
      },
      ports: [
        { port: ports.starttls, use: 'ejabberd (STARTTLS)', variable: portVariables.xmpp },
        { port: ports.directTls, use: 'ejabberd (direct TLS)', variable: portVariables.xmppDirectTls },
        { port: ports.http, use: 'ejabberd (HTTP)', variable: portVariables.ejabberdHttp },
      ],
      stopSignal: 'SIGTERM',
      probe: async () => {
        await probeXmpp(domain, ports.starttls);
        await probeHttp(`${apiUrl}/status`, { method: 'POST', body: '{}' });
      },
    },
  };
};
