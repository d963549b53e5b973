import { readdirSync, readFileSync } from 'node:fs';

/** One line of /proc/<pid>/stat (proc(5)), as far as it is needed. */
export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  /** Of the process with all its threads, and of its children that have ended. */
  readonly cpuMs: number;
  /** Ticks since boot: tells a process from a later one of the same pid. */
  readonly startTicks: number;
}

/** Whose CPU is added up under one name: these processes with all that descends from them. */
export interface ProcessGroup {
  readonly name: string;
  readonly pids: readonly number[];
}

export interface CpuSample {
  readonly byPid: ReadonlyMap<number, ProcessStat>;
}

/** USER_HZ: 100 on every Linux that Node runs on, whatever the kernel's own tick. */
const msPerTick = 10;

/** Throws when the text is no such line. */
export function parseProcessStat(text: string): ProcessStat {
  // The name is in parentheses and may hold anything, spaces and parentheses too.
  const nameEnd = text.lastIndexOf(')');
  const fields = text.slice(nameEnd + 2).trim().split(' ');
  const numberAt = (index: number) => Number(fields[index]);
  const ticks = numberAt(11) + numberAt(12) + numberAt(13) + numberAt(14);
  const stat = { pid: Number.parseInt(text, 10), parent: numberAt(1), cpuMs: ticks * msPerTick, startTicks: numberAt(19) };
  if (nameEnd < 0 || !Object.values(stat).every(Number.isFinite)) throw new TypeError('no line of /proc/<pid>/stat');
  return stat;
}

/** All processes of the machine; empty where there is no /proc. */
export function sampleCpu(): CpuSample {
  const byPid = new Map<number, ProcessStat>();
  for (const pid of processIds()) {
    const stat = readStat(pid);
    if (stat !== undefined) byPid.set(stat.pid, stat);
  }
  return { byPid };
}

function processIds(): readonly string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function readStat(pid: string): ProcessStat | undefined {
  try {
    return parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch (error) {
    // It has ended since the directory was read.
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/**
 * CPU milliseconds of each group between two samples; undefined for a group of which a process was started or ended
 * meanwhile. A process that is listed itself is not counted with its parent.
 */
export function cpuBetween(
  before: CpuSample,
  after: CpuSample,
  groups: readonly ProcessGroup[],
): ReadonlyMap<string, number | undefined> {
  const roots = new Set(groups.flatMap(({ pids }) => pids));
  return new Map(
    groups.map(({ name, pids }) => {
      const same = pids.length > 0 && pids.every((pid) => isSame(before.byPid.get(pid), after.byPid.get(pid)));
      return [name, same ? groupCpuMs(after, pids, roots) - groupCpuMs(before, pids, roots) : undefined];
    }),
  );
}

function isSame(one: ProcessStat | undefined, other: ProcessStat | undefined): boolean {
  return one !== undefined && one.startTicks === other?.startTicks;
}

/** What an ended child has used is in its parent's figure, so the sum over a tree never falls. */
function groupCpuMs({ byPid }: CpuSample, pids: readonly number[], roots: ReadonlySet<number>): number {
  const children = Map.groupBy(byPid.values(), ({ parent }) => parent);
  const sum = (pid: number): number => {
    const below = (children.get(pid) ?? []).filter((child) => !roots.has(child.pid));
    return (byPid.get(pid)?.cpuMs ?? 0) + below.reduce((total, child) => total + sum(child.pid), 0);
  };
  return pids.reduce((total, pid) => total + sum(pid), 0);
}
