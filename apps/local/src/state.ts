import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, startTicks } from './child.ts';
import type { XmppAddress } from './addresses.ts';

export interface RunningProcess {
  readonly name: string;
  readonly kind: 'service' | 'process';
  readonly pid: number | undefined;
  readonly port: number;
  /** Of /readyz; services are asked in their own tongue. */
  readonly metricsUrl?: string;
  readonly logFile?: string | undefined;
}

/** What runs, for `status`, the phone and the load generator. Holds a password: mode 0600. */
export interface ClusterState {
  readonly supervisorPid: number;
  /** `https://localhost:9090` */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly apiKeyFile: string;
  readonly registryUrl: string;
  readonly operatorTokenFile: string;
  readonly codeLogFile: string;
  readonly callbackSinkUrl: string;
  readonly postgresUrl: string;
  readonly redisUrl: string;
  readonly redisPrefix: string;
  readonly xmpp: XmppAddress;
  readonly ejabberdApiUrl: string;
  /** With country code and `+`. */
  readonly businessNumber: string;
  readonly processes: readonly RunningProcess[];
}

export interface Supervisor {
  readonly pid: number;
  /** Tells it from a later process with the same number. */
  readonly startTicks: string | undefined;
}

const stateFile = (dir: string): string => join(dir, 'state.json');
const lockFile = (dir: string): string => join(dir, 'lock');

const readJson = (file: string): unknown => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
};

export const readState = (dir: string): ClusterState | undefined => readJson(stateFile(dir)) as ClusterState | undefined;

export const writeState = (dir: string, state: ClusterState): void => {
  const unfinished = `${stateFile(dir)}.new`;
  writeFileSync(unfinished, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(unfinished, stateFile(dir));
};

export const supervisorOf = (dir: string): Supervisor | undefined => {
  const supervisor = readJson(lockFile(dir)) as Supervisor | undefined;
  if (supervisor === undefined || !isAlive(supervisor.pid)) return undefined;
  return startTicks(supervisor.pid) === supervisor.startTicks ? supervisor : undefined;
};

/** Makes this process the directory's one supervisor, or returns the one there is. */
export const takeLock = (dir: string): Supervisor | undefined => {
  mkdirSync(dir, { recursive: true });
  const mine: Supervisor = { pid: process.pid, startTicks: startTicks(process.pid) };
  const written = `${lockFile(dir)}.${process.pid}`;
  writeFileSync(written, JSON.stringify(mine), { mode: 0o600 });
  try {
    // Appears with its content, and only if there is none.
    linkSync(written, lockFile(dir));
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(written, { force: true });
  }
  const other = supervisorOf(dir);
  if (other !== undefined) return other;
  rmSync(lockFile(dir), { force: true });
  return takeLock(dir);
};

export const releaseLock = (dir: string): void => {
  for (const file of [stateFile(dir), lockFile(dir)]) rmSync(file, { force: true });
};

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

const credentialsFile = (dir: string): string => join(dir, 'secrets', 'admin.json');

/** What the first run changed the initial password to. */
export const readCredentials = (dir: string): Credentials | undefined => readJson(credentialsFile(dir)) as Credentials | undefined;

export const writeCredentials = (dir: string, credentials: Credentials): void =>
  writeFileSync(credentialsFile(dir), JSON.stringify(credentials), { mode: 0o600 });
