import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PackagesMissingError, ProcessFailedError } from './errors.ts';
import { runLogged } from './run-logged.ts';

interface DebianPackage {
  readonly name: string;
  /** It is there when one of these files is. */
  readonly files: readonly string[];
}

export const openssl: DebianPackage = { name: 'openssl', files: ['/usr/bin/openssl'] };

export type ServiceName = 'postgres' | 'redis' | 'ejabberd';

export const servicePackages: Readonly<Record<ServiceName, readonly DebianPackage[]>> = {
  postgres: [{ name: 'postgresql', files: ['/usr/lib/postgresql/*/bin/postgres'] }],
  redis: [{ name: 'redis-server', files: ['/usr/bin/redis-server'] }],
  ejabberd: [
    openssl,
    { name: 'ejabberd', files: ['/usr/lib/*/ejabberd-*/ebin/ejabberd.app'] },
    { name: 'erlang-p1-sqlite3', files: ['/usr/lib/erlang/lib/p1_sqlite3-*/ebin/sqlite3.app'] },
  ],
};

/** A chat client written by others, and the terminal that drives it: the end-to-end tests talk to it. */
export const foreignPhonePackages: readonly DebianPackage[] = [
  { name: 'profanity', files: ['/usr/bin/profanity'] },
  { name: 'tmux', files: ['/usr/bin/tmux'] },
];

/** What makes Python environments of its own: the fuzzer lives in one. */
export const pythonPackages: readonly DebianPackage[] = [
  { name: 'python3-venv', files: ['/usr/lib/python3*/ensurepip/__init__.py', '/usr/local/lib/python3*/ensurepip/__init__.py'] },
];

const fakeClockFiles = ['/usr/lib/*/faketime/libfaketimeMT.so.1'];

/** Lets a program see another time of day: the chaos runs turn clocks. */
export const fakeClockPackages: readonly DebianPackage[] = [{ name: 'libfaketime', files: fakeClockFiles }];

/** The library to preload, once its package is there. */
export const fakeClockLibrary = (): string => fakeClockFiles.flatMap((pattern) => globSync(pattern))[0] ?? 'libfaketimeMT.so.1';

const isInstalled = ({ files }: DebianPackage): boolean => files.some((pattern) => globSync(pattern).length > 0);

export const missingPackages = (packages: readonly DebianPackage[]): readonly string[] =>
  packages.filter((wanted) => !isInstalled(wanted)).map(({ name }) => name);

/** While policy-rc.d answers 101 no package starts its service: ours run on their own ports with their own data. */
const installScript = `
set -e
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap 'rm -f $policy' EXIT
  trap 'exit 1' INT TERM
  printf '#!/bin/sh\\nexit 101\\n' > $policy
  chmod 755 $policy
fi
apt-get -o DPkg::Lock::Timeout=300 update
apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
`;

const rootShell = (): readonly string[] | undefined => {
  if (process.getuid?.() === 0) return ['sh'];
  const sudo = spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' });
  return sudo.status === 0 ? ['sudo', '-n', 'sh'] : undefined;
};

/**
 * Installs what is missing with apt-get, as root or through a sudo that asks nothing.
 * @throws PackagesMissingError, ProcessFailedError
 */
export const ensurePackages = async (
  packages: readonly DebianPackage[],
  logFile: string,
  onInstall?: (missing: readonly string[]) => void,
): Promise<void> => {
  const missing = missingPackages(packages);
  if (missing.length === 0) return;
  if (globSync('/usr/bin/apt-get').length === 0) throw new PackagesMissingError(missing, 'this machine has no apt-get');
  const shell = rootShell();
  if (shell === undefined) throw new PackagesMissingError(missing, 'not root, and sudo asks for a password');
  onInstall?.(missing);
  mkdirSync(dirname(logFile), { recursive: true });
  writeFileSync(logFile, '');
  const exit = await runLogged([...shell, '-c', installScript, 'install', ...missing], logFile);
  if (exit !== 0) throw new ProcessFailedError(`apt-get install ${missing.join(' ')}`, `failed (exit code ${exit})`, logFile);
};
