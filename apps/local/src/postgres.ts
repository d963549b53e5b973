import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { asUser, type RunAs } from './child.ts';
import { ProcessFailedError } from './errors.ts';
import { portVariables } from './environment.ts';
import { probePostgres } from './probe.ts';
import type { ProcessDefinition } from './managed-process.ts';

const run = promisify(execFile);
const label = 'PostgreSQL';
const superuser = 'postgres';

export interface PreparedPostgres {
  readonly url: string;
  readonly definition: ProcessDefinition;
}

/** The newest installed version's programs; Debian keeps every version in its own directory. */
const programs = (): string => {
  const newestFirst = globSync('/usr/lib/postgresql/*/bin/postgres').sort(
    (a, b) => Number(b.split('/')[4]) - Number(a.split('/')[4]),
  );
  return dirname(newestFirst[0] ?? '/usr/lib/postgresql/15/bin/postgres');
};

/** PostgreSQL refuses to run as root. The directory may lie where its user cannot go, such as a clone in /root. */
const identity = (dir: string): RunAs | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  const plain = { user: superuser, capabilities: [] };
  const reaches = spawnSync('setpriv', [...asUser(plain), '--', 'test', '-x', dir]).status === 0;
  return reaches ? plain : { user: superuser, capabilities: ['dac_override'] };
};

const give = async (path: string, runAs: RunAs | undefined): Promise<void> => {
  if (runAs === undefined) return;
  const uid = Number((await run('id', ['-u', runAs.user])).stdout);
  const gid = Number((await run('id', ['-g', runAs.user])).stdout);
  chownSync(path, uid, gid);
};

const ensurePassword = async (file: string, runAs: RunAs | undefined): Promise<string> => {
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
  await give(file, runAs);
  return readFileSync(file, 'utf8').trim();
};

const initialise = async (home: string, logFile: string, runAs: RunAs | undefined): Promise<void> => {
  const unfinished = join(home, 'data.new');
  rmSync(unfinished, { recursive: true, force: true });
  const initdb = [
    ...[join(programs(), 'initdb'), '-D', unfinished, '-U', superuser, '-E', 'UTF8', '--locale=C.UTF-8'],
    ...['-A', 'scram-sha-256', `--pwfile=${join(home, 'password')}`, '--no-instructions'],
  ];
  const [program = '', ...args] = runAs === undefined ? initdb : ['setpriv', ...asUser(runAs), '--', ...initdb];
  try {
    await run(program, args, { cwd: home });
  } catch (error) {
    writeFileSync(logFile, error instanceof Error ? error.message : String(error), { flag: 'a' });
    throw new ProcessFailedError(label, 'could not create its data directory', logFile);
  }
  renameSync(unfinished, join(home, 'data'));
};

/** Data, password and settings of a PostgreSQL in `<dir>/postgres`, with fsync on. */
export const preparePostgres = async (dir: string, port: number): Promise<PreparedPostgres> => {
  const home = join(dir, 'postgres');
  const logFile = join(dir, 'logs', 'postgres.log');
  mkdirSync(home, { recursive: true, mode: 0o700 });
  mkdirSync(dirname(logFile), { recursive: true });
  const runAs = identity(dir);
  await give(home, runAs);
  const password = await ensurePassword(join(home, 'password'), runAs);
  const data = join(home, 'data');
  if (!existsSync(join(data, 'PG_VERSION'))) await initialise(home, logFile, runAs);
  const url = `postgresql://${superuser}:${password}@127.0.0.1:${port}/postgres`;
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '300',
    shared_buffers: '128MB',
    max_wal_size: '2GB',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
  };
  return {
    url,
    definition: {
      name: label,
      child: {
        command: [
          join(programs(), 'postgres'),
          ...['-D', data],
          ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
        ],
        env: { PATH: process.env['PATH'], LANG: 'C.UTF-8', TZ: 'UTC' },
        cwd: home,
        logFile,
        orphanSignal: 'SIGINT',
        ...(runAs === undefined ? {} : { runAs }),
      },
      ports: [{ port, use: label, variable: portVariables.postgres }],
      stopSignal: 'SIGINT',
      probe: () => probePostgres(url),
    },
  };
};
