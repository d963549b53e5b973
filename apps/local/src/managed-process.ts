import { setTimeout as delay } from 'node:timers/promises';
import { type Child, type ChildOptions, describeExit, spawnChild } from './child.ts';
import { ServiceFailedError } from './errors.ts';
import { assertPortFree } from './ports.ts';

export type ServiceName = 'postgres' | 'redis' | 'ejabberd';

export interface ServicePort {
  readonly port: number;
  /** What listens there, for messages: `PostgreSQL`. */
  readonly use: string;
  /** The environment variable that chooses another port. */
  readonly variable?: string | undefined;
}

export interface ServiceDefinition {
  /** For people: `PostgreSQL`. */
  readonly label: string;
  readonly child: ChildOptions;
  readonly ports: readonly ServicePort[];
  readonly stopSignal: NodeJS.Signals;
  /** Rejects until the service answers. */
  readonly probe: () => Promise<void>;
}

/** One running child process that can be taken down and brought back on the same ports and data. */
export interface ManagedService {
  readonly label: string;
  readonly logFile: string;
  /** undefined while it is down. */
  readonly pid: number | undefined;
  stop(): Promise<void>;
  /** `kill -9`: it gets no chance to tidy up. */
  kill(): Promise<void>;
  /** Stops it if it runs, starts it again, resolves when it answers. */
  restart(): Promise<void>;
}

const startLimitMs = 30_000;
const stopGraceMs = 10_000;
const probeEveryMs = 20;

const untilReady = async (definition: ServiceDefinition, child: Child): Promise<void> => {
  const until = performance.now() + startLimitMs;
  let last: unknown;
  while (child.running && performance.now() < until) {
    try {
      await definition.probe();
      return;
    } catch (error) {
      last = error;
    }
    await Promise.race([delay(probeEveryMs), child.exited]);
  }
  const reason = child.running
    ? `does not answer after ${startLimitMs / 1000} s (${last instanceof Error ? last.message : 'no answer'})`
    : `stopped while starting (${describeExit(await child.exited)})`;
  await child.end('SIGKILL', 0);
  throw new ServiceFailedError(definition.label, reason, definition.child.logFile);
};

/**
 * Starts the service and resolves when it answers. `onDeath` hears of an end that nobody asked for.
 * @throws PortTakenError, ServiceFailedError
 */
export const startService = async (
  definition: ServiceDefinition,
  onDeath: (error: ServiceFailedError) => void,
): Promise<ManagedService> => {
  const { label } = definition;
  const { logFile } = definition.child;
  let child: Child | undefined;

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = child;
    child = undefined;
    await ending?.end(signal, stopGraceMs);
  };
  const watch = async (started: Child): Promise<void> => {
    const exit = await started.exited;
    if (child !== started) return;
    child = undefined;
    onDeath(new ServiceFailedError(label, `died (${describeExit(exit)})`, logFile));
  };
  const start = async (): Promise<void> => {
    for (const { port, use, variable } of definition.ports) await assertPortFree(port, use, variable);
    const started = spawnChild(definition.child);
    await untilReady(definition, started);
    child = started;
    void watch(started);
  };

  await start();
  return {
    label,
    logFile,
    get pid() {
      return child?.pid;
    },
    stop: () => end(definition.stopSignal),
    kill: () => end('SIGKILL'),
    restart: async () => {
      await end(definition.stopSignal);
      await start();
    },
  };
};
