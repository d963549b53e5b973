import { readFileSync } from 'node:fs';
import type { Cluster } from '@multiconnect/local';

/** Resident memory of each process, MB. */
export type Memory = Readonly<Record<string, number>>;

const residentLine = /^VmRSS:\s+(\d+) kB$/m;

/** 0 while the process is down. */
export function residentMb(pid: number | undefined): number {
  if (pid === undefined) return 0;
  try {
    return Math.round(Number(residentLine.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

export const memoryOf = ({ processes }: Cluster): Memory => Object.fromEntries(processes.map(({ name, pid }) => [name, residentMb(pid)]));

/** The higher of both for each process. */
export function highest(one: Memory, other: Memory): Memory {
  return Object.fromEntries(Object.keys({ ...one, ...other }).map((name) => [name, Math.max(one[name] ?? 0, other[name] ?? 0)]));
}

/** Processes that took more than `allowanceMb` beyond what they took without a backlog. */
export function grown(without: Memory, withBacklog: Memory, allowanceMb: number): readonly string[] {
  return Object.keys(withBacklog).filter((name) => (withBacklog[name] ?? 0) > (without[name] ?? 0) + allowanceMb);
}
