import { readFileSync } from 'node:fs';
import { cpuBetween, type CpuSample, type ProcessGroup, sampleCpu } from '@multiconnect/load';

/** CPU of each process group, of one core, second by second. */
export type CpuSeries = Readonly<Record<string, readonly number[]>>;

export interface Sampler {
  stop(): CpuSeries;
}

const intervalMs = 1_000;

export function startSampler(groups: readonly ProcessGroup[]): Sampler {
  const series = new Map<string, number[]>(groups.map(({ name }) => [name, []]));
  let before: CpuSample = sampleCpu();
  let beforeAtMs = performance.now();
  const take = () => {
    const [now, nowMs] = [sampleCpu(), performance.now()];
    for (const [name, cpuMs = 0] of cpuBetween(before, now, groups)) series.get(name)?.push(cpuMs / (nowMs - beforeAtMs));
    [before, beforeAtMs] = [now, nowMs];
  };
  const timer = setInterval(take, intervalMs);
  return {
    stop() {
      clearInterval(timer);
      return Object.fromEntries(series);
    },
  };
}

/** Resident memory of a process, MB (10^6 bytes). */
export function residentMb(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kilobytes === undefined) throw new Error(`process ${pid} has no memory`);
  return (Number(kilobytes) * 1024) / 1e6;
}
