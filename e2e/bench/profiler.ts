import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterProcess } from '@multiconnect/local';

/** A V8 CPU profile, as far as it is read. Times in microseconds. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface Profiler {
  stop(): Promise<CpuProfile>;
}

const samplingIntervalUs = 1_000;
const inspectorLimitMs = 10_000;
const pollMs = 20;

async function inspectorUrl({ pid, logFile, name }: ClusterProcess): Promise<string> {
  const urls = () => [...readFileSync(logFile, 'utf8').matchAll(/Debugger listening on (ws:\S+)/g)].map(([, url]) => url);
  if (pid === undefined) throw new Error(`${name} does not run`);
  process.kill(pid, 'SIGUSR1');
  const untilMs = performance.now() + inspectorLimitMs;
  while (performance.now() < untilMs) {
    const url = urls().at(-1);
    if (url !== undefined) return url;
    await sleep(pollMs);
  }
  throw new Error(`${name} opened no inspector; see ${logFile}`);
}

/** Samples the stacks of a process's main thread, through its inspector. */
export async function startProfiler(of: ClusterProcess): Promise<Profiler> {
  const socket = new WebSocket(await inspectorUrl(of));
  const opened = Promise.withResolvers<undefined>();
  socket.onopen = () => opened.resolve(undefined);
  socket.onerror = () => opened.reject(new Error(`the inspector of ${of.name} cannot be reached`));
  await opened.promise;
  const waiting = new Map<number, (result: unknown) => void>();
  socket.onmessage = ({ data }: { readonly data: unknown }) => {
    const { id, result } = JSON.parse(String(data)) as { readonly id: number; readonly result: unknown };
    waiting.get(id)?.(result);
    waiting.delete(id);
  };
  const call = (method: string, params: object = {}): Promise<unknown> => {
    const id = waiting.size === 0 ? 1 : Math.max(...waiting.keys()) + 1;
    const answered = Promise.withResolvers<unknown>();
    waiting.set(id, answered.resolve);
    socket.send(JSON.stringify({ id, method, params }));
    return answered.promise;
  };
  await call('Profiler.enable');
  await call('Profiler.setSamplingInterval', { interval: samplingIntervalUs });
  await call('Profiler.start');
  return {
    async stop() {
      const { profile } = (await call('Profiler.stop')) as { readonly profile: CpuProfile };
      socket.close();
      return profile;
    },
  };
}
