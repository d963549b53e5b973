import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ChildOptions {
  readonly command: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Both output streams are appended to it. */
  readonly logFile: string;
  /** Sent by the kernel when this process dies, however it dies, so that nothing is left behind. */
  readonly orphanSignal: NodeJS.Signals;
  /** Runs it as this user; needs root. */
  readonly runAs?: RunAs;
}

export interface RunAs {
  readonly user: string;
  /** Capabilities the user keeps, such as `dac_override`. */
  readonly capabilities: readonly string[];
}

export interface Child {
  readonly pid: number;
  readonly running: boolean;
  readonly exited: Promise<Exit>;
  signal(signal: NodeJS.Signals): void;
  /** Sends the signal, waits, then SIGKILL; resolves when the process and all it had started are gone. */
  end(signal: NodeJS.Signals, graceMs: number): Promise<Exit>;
}

const setpriv = '/usr/bin/setpriv';

export const asUser = (runAs: RunAs): readonly string[] => {
  const kept = runAs.capabilities.map((capability) => `+${capability}`).join(',');
  return [
    ...['--reuid', runAs.user, '--regid', runAs.user, '--clear-groups'],
    ...(kept === '' ? [] : ['--inh-caps', kept, '--ambient-caps', kept]),
  ];
};

const wrapped = (options: ChildOptions): readonly [string, ...string[]] => {
  if (!existsSync(setpriv)) return options.command;
  const identity = options.runAs === undefined ? [] : asUser(options.runAs);
  return [setpriv, ...identity, '--pdeathsig', options.orphanSignal, '--', ...options.command];
};

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return !isZombie(pid);
};

/** A process that has ended keeps its number until its parent has asked for the exit code. */
const isZombie = (pid: number): boolean => procStat(pid)?.[0] === 'Z';

/** The fields of /proc/PID/stat from the state on, or undefined when the process has gone. Source: proc(5). */
const procStat = (pid: number): readonly string[] | undefined => {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return undefined;
  try {
    const text = readFileSync(file, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
};

/** Tells a process from a later one with the same number. Clock ticks since boot, 19 fields after the state: proc(5). */
export const startTicks = (pid: number): string | undefined => procStat(pid)?.[19];

/** All processes that descend from this one. Empty where there is no /proc. */
export const descendants = (pid: number): readonly number[] => {
  if (!existsSync('/proc/self/stat')) return [];
  const childrenOf = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    const parent = /^\d+$/.test(entry) ? procStat(Number(entry))?.[1] : undefined;
    if (parent === undefined) continue;
    childrenOf.set(Number(parent), [...(childrenOf.get(Number(parent)) ?? []), Number(entry)]);
  }
  const below = (parent: number): readonly number[] => (childrenOf.get(parent) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(pid);
};

const pollMs = 10;
const orphanGraceMs = 5_000;

const waitUntilGone = async (pids: readonly number[], limitMs: number): Promise<readonly number[]> => {
  const until = performance.now() + limitMs;
  let left = pids.filter(isAlive);
  while (left.length > 0 && performance.now() < until) {
    await delay(pollMs);
    left = left.filter(isAlive);
  }
  return left;
};

const killAll = (pids: readonly number[]): void => {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
};

const exitOf = (child: ChildProcess, logFile: string): Promise<Exit> =>
  new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', (error) => {
      appendFileSync(logFile, `${error.message}\n`);
      if (child.pid === undefined) resolve({ code: 127, signal: null });
    });
  });

/** Starts a program in its own process group, so that Ctrl-C in the terminal reaches only us and we choose the order. */
export const spawnChild = (options: ChildOptions): Child => {
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, 'a');
  const [program, ...args] = wrapped(options);
  const child = spawn(program, args, { cwd: options.cwd, env: options.env, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  const pid = child.pid ?? -1;
  const exited = exitOf(child, options.logFile);
  const running = (): boolean => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  const end = async (signal: NodeJS.Signals, graceMs: number): Promise<Exit> => {
    if (!running()) return exited;
    const family = descendants(pid);
    child.kill(signal);
    // A process that is frozen takes no signal but these two.
    child.kill('SIGCONT');
    const hardKill = setTimeout(() => child.kill('SIGKILL'), graceMs);
    const exit = await exited;
    clearTimeout(hardKill);
    killAll(await waitUntilGone(family, orphanGraceMs));
    return exit;
  };
  return {
    pid,
    get running() {
      return running();
    },
    exited,
    signal: (signal) => void child.kill(signal),
    end,
  };
};

export const describeExit = ({ code, signal }: Exit): string => (signal === null ? `exit code ${code ?? 0}` : `signal ${signal}`);
