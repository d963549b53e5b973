import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type Child, type ChildOptions, describeExit, type Exit, spawnChild } from './child.ts';
import { InterruptedError, ProcessFailedError } from './errors.ts';
import { assertPortFree, type WantedPort } from './ports.ts';

export interface ProcessDefinition {
  /** For people: `PostgreSQL`, `coreapp1`. */
  readonly name: string;
  readonly child: ChildOptions;
  readonly ports: readonly WantedPort[];
  readonly stopSignal: NodeJS.Signals;
  /** Rejects until the process does its job. */
  readonly probe: () => Promise<void>;
}

/** One child process that can be taken down and brought back with the same ports and data. */
export interface ManagedProcess {
  readonly name: string;
  readonly logFile: string;
  /** undefined while it is down. */
  readonly pid: number | undefined;
  /** The end of the run that is going on, or of the last one. */
  readonly exited: Promise<Exit>;
  /** Sends a signal. Resolves when the process is gone, or at once for SIGSTOP and SIGCONT. Default: SIGKILL. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Ends it as it wishes to be ended; SIGKILL when that takes too long. */
  stop(): Promise<void>;
  /** Stops it if it runs, starts it again, resolves when it does its job. */
  restart(): Promise<void>;
}

export interface Watcher {
  /** Hears of an end that nobody asked for. */
  readonly onDeath?: ((error: ProcessFailedError) => void) | undefined;
  /** Gives up a start that is under way. */
  readonly signal?: AbortSignal | undefined;
}

const startLimitMs = 60_000;
const stopGraceMs = 10_000;
const probeEveryMs = 25;

const whyNotReady = async (child: Child, lastAnswer: unknown): Promise<string> => {
  if (!child.running) return `stopped while starting (${describeExit(await child.exited)})`;
  const answer = lastAnswer instanceof Error ? lastAnswer.message : 'no answer';
  return `was not ready after ${startLimitMs / 1000} s (${answer})`;
};

const untilReady = async ({ name, child: { logFile }, probe }: ProcessDefinition, child: Child, signal?: AbortSignal): Promise<void> => {
  const until = performance.now() + startLimitMs;
  let lastAnswer: unknown;
  while (child.running && signal?.aborted !== true && performance.now() < until) {
    try {
      await probe();
      return;
    } catch (error) {
      lastAnswer = error;
    }
    await Promise.race([delay(probeEveryMs), child.exited]);
  }
  const reason = await whyNotReady(child, lastAnswer);
  await child.end('SIGKILL', 0);
  throw signal?.aborted === true ? new InterruptedError() : new ProcessFailedError(name, reason, logFile);
};

const noRun: Promise<Exit> = Promise.resolve({ code: 0, signal: null });

/**
 * Starts the process and resolves when it does its job.
 * @throws PortTakenError, ProcessFailedError, InterruptedError
 */
export const startProcess = async (definition: ProcessDefinition, { onDeath, signal }: Watcher = {}): Promise<ManagedProcess> => {
  const { name } = definition;
  const { logFile } = definition.child;
  let child: Child | undefined;
  let exited = noRun;

  const end = async (how: NodeJS.Signals): Promise<void> => {
    const ending = child;
    child = undefined;
    await ending?.end(how, stopGraceMs);
  };
  const watch = async (started: Child): Promise<void> => {
    const exit = await started.exited;
    if (child !== started) return;
    child = undefined;
    onDeath?.(new ProcessFailedError(name, `died (${describeExit(exit)})`, logFile));
  };
  const start = async (): Promise<void> => {
    for (const wanted of definition.ports) await assertPortFree(wanted);
    const started = spawnChild(definition.child);
    exited = started.exited;
    await untilReady(definition, started, signal);
    child = started;
    void watch(started);
  };

  rmSync(logFile, { force: true });
  await start();
  return {
    name,
    logFile,
    get pid() {
      return child?.pid;
    },
    get exited() {
      return exited;
    },
    kill: async (how = 'SIGKILL') => {
      if (how === 'SIGSTOP' || how === 'SIGCONT') child?.signal(how);
      else await end(how);
    },
    stop: () => end(definition.stopSignal),
    restart: async () => {
      await end(definition.stopSignal);
      await start();
    },
  };
};
