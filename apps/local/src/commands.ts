import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from './child.ts';
import { probeHttp, probePostgres, probeRedis, probeXmpp } from './probe.ts';
import { table } from './progress.ts';
import { type ClusterState, readState, type RunningProcess, supervisorOf } from './state.ts';

type Print = (line: string) => void;

const exitCodes = { fine: 0, failed: 1 } as const;
const stopLimitMs = 60_000;

interface FromSupervisor {
  readonly line?: string;
  readonly up?: true;
}

/** Leaves a supervisor in the background, shows what it prints until it is up, and resolves with an exit code. */
export const upDetached = (dir: string, program: string, print: Print): Promise<number> => {
  mkdirSync(join(dir, 'logs'), { recursive: true });
  // What it prints at the end includes the password.
  const log = openSync(join(dir, 'logs', 'up.log'), 'w', 0o600);
  const child = spawn(process.execPath, [program, 'supervise'], { detached: true, stdio: ['ignore', log, log, 'ipc'] });
  closeSync(log);
  const interrupt = (): void => void child.kill('SIGTERM');
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  return new Promise((resolve) => {
    child.on('message', ({ line, up }: FromSupervisor) => {
      if (line !== undefined) print(line);
      if (up !== true) return;
      child.disconnect();
      child.unref();
      resolve(exitCodes.fine);
    });
    child.once('exit', (code) => resolve(code ?? exitCodes.failed));
  });
};

/** Ends the supervisor of this directory, which ends everything that it started, and waits. */
export const down = async (dir: string, print: Print): Promise<number> => {
  const supervisor = supervisorOf(dir);
  if (supervisor === undefined) {
    print('Multiconnect is not up.');
    return exitCodes.fine;
  }
  process.kill(supervisor.pid, 'SIGTERM');
  const until = performance.now() + stopLimitMs;
  while (isAlive(supervisor.pid)) {
    if (performance.now() > until) {
      print(`process ${supervisor.pid} has not ended after ${stopLimitMs / 1000} s; see ${join(dir, 'logs', 'up.log')}`);
      return exitCodes.failed;
    }
    await delay(50);
  }
  print('Multiconnect is down.');
  return exitCodes.fine;
};

const probeOf = (one: RunningProcess, state: ClusterState): Promise<void> => {
  if (one.metricsUrl !== undefined) return probeHttp(`${one.metricsUrl}/readyz`);
  if (one.name === 'PostgreSQL') return probePostgres(state.postgresUrl);
  if (one.name === 'Redis') return probeRedis(one.port, new URL(state.redisUrl).hostname);
  return probeXmpp(state.xmpp.domain, state.xmpp.port, state.xmpp.host);
};

const healthOf = async (one: RunningProcess, state: ClusterState): Promise<string> => {
  if (one.pid !== undefined && !isAlive(one.pid)) return 'dead';
  return probeOf(one, state).then(
    () => 'ready',
    () => 'no answer',
  );
};

/** A table of what runs. The exit code is 0 when all of it answers. */
export const status = async (dir: string, print: Print): Promise<number> => {
  const state = supervisorOf(dir) === undefined ? undefined : readState(dir);
  if (state === undefined) {
    print('Multiconnect is not up.');
    return exitCodes.failed;
  }
  const health = await Promise.all(state.processes.map((one) => healthOf(one, state)));
  const rows = state.processes.map((one, index) => [
    ...[one.name, one.pid === undefined ? 'external' : String(one.pid), String(one.port)],
    ...[health[index] ?? '', one.logFile ?? ''],
  ]);
  print(`Multiconnect is up: ${state.url} (supervisor ${state.supervisorPid})\n`);
  print(table([['name', 'pid', 'port', 'health', 'log'], ...rows]));
  return health.every((word) => word === 'ready') ? exitCodes.fine : exitCodes.failed;
};
