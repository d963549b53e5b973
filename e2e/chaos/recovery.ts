import { type FaultName, faultKinds } from './fault-kinds.ts';
import type { InjectedFault } from './faults.ts';
import type { History } from './history.ts';
import { shardOf } from './owners.ts';

type Direction = 'out' | 'in';

/** A time in which nothing of one shard came through in one direction. */
export interface Pause {
  /** Such as `shard 2 out`. */
  readonly lane: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface Recovery {
  readonly fault: InjectedFault;
  /**
   * From the fault, or from the end of its cause where nothing can flow before, until every shard flowed again both ways. Missing
   * when a later fault came in between: then it is that one's.
   */
  readonly recoveredAfterMs?: number;
  /** The longest pause in which the fault had a part, the time before the end of its cause included. */
  readonly longest?: Pause;
  readonly limitMs: number;
}

/** Shorter pauses are the traffic's own. */
const shortestPauseMs = 500;
/** So few messages between two pauses are no flow yet. */
const leastFlow = 3;
/** A fault may be felt so long after its end: what was stopped comes back and takes its share. */
const afterglowMs = 10_000;

const processKillLimitMs = 3_000;
const reshardLimitMs = 2_000;
const limitMs = 10_000;
const ends = /-(kill|term)$/;
const processes: ReadonlySet<string> = new Set(['coreapp', 'master', 'webapp', 'registry']);
const isProcessKill = (kind: FaultName) => ends.test(kind) && faultKinds[kind].touches.every((touched) => processes.has(touched));

export function limitOf(kind: FaultName): number {
  if (kind === 'reshard') return reshardLimitMs;
  return isProcessKill(kind) ? processKillLimitMs : limitMs;
}
export const lengthOf = ({ fromMs, untilMs }: Pause) => untilMs - fromMs;

/** What the business's own server does can hold up nothing on its way to customers. */
const reaches = (kind: FaultName, direction: Direction) => direction === 'in' || !kind.startsWith('receiver-');

function arrivals({ shown, messages }: History): ReadonlyMap<string, readonly number[]> {
  const lanes = new Map<string, number[]>();
  const note = (customer: string, direction: Direction, atMs: number) => {
    const name = `shard ${shardOf(customer)} ${direction}`;
    const lane = lanes.get(name);
    if (lane === undefined) lanes.set(name, [atMs]);
    else lane.push(atMs);
  };
  for (const { customer, atMs } of shown) note(customer, 'out', atMs);
  for (const { customer, atMs } of messages) note(customer, 'in', atMs);
  return lanes;
}

/** Pauses, those with only a few messages between them as one. */
function pausesIn(lane: string, times: readonly number[]): Pause[] {
  const pauses: Pause[] = [];
  let flowed = leastFlow;
  for (const [index, untilMs] of times.entries()) {
    const fromMs = times[index - 1] ?? untilMs;
    const last = pauses.at(-1);
    flowed++;
    if (untilMs - fromMs < shortestPauseMs) continue;
    if (last !== undefined && flowed <= leastFlow) pauses[pauses.length - 1] = { ...last, untilMs };
    else pauses.push({ lane, fromMs, untilMs });
    flowed = 0;
  }
  return pauses;
}

/** @param endMs when the traffic ended, after which a pause means nothing */
export function pausesOf(history: History, endMs: number): readonly Pause[] {
  return [...arrivals(history)]
    .flatMap(([lane, times]) => pausesIn(lane, times.toSorted((a, b) => a - b)))
    .filter(({ fromMs }) => fromMs < endMs - shortestPauseMs);
}

const directionOf = ({ lane }: Pause): Direction => (lane.endsWith('out') ? 'out' : 'in');

function hasPart({ kind, fromMs, untilMs }: InjectedFault, pause: Pause): boolean {
  return reaches(kind, directionOf(pause)) && fromMs < pause.untilMs && untilMs + afterglowMs > pause.fromMs;
}

/** From when on the cluster could heal from the fault. */
const healsFromMs = ({ heals, fromMs, untilMs }: InjectedFault) => (heals === 'by itself' ? fromMs : untilMs);

interface Attributed {
  readonly pause: Pause;
  readonly fault: InjectedFault;
  readonly lastedMs: number;
}

/** The pause is counted from the last of its faults on: of what came together nobody can heal before the last has come, or has ended. */
function attributed(pause: Pause, faults: readonly InjectedFault[]): Attributed | undefined {
  const [last] = faults.filter((fault) => hasPart(fault, pause)).toSorted((a, b) => healsFromMs(b) - healsFromMs(a));
  return last && { pause, fault: last, lastedMs: Math.max(0, pause.untilMs - Math.max(pause.fromMs, healsFromMs(last))) };
}

const longestOf = (pauses: readonly Pause[]) => pauses.toSorted((a, b) => lengthOf(b) - lengthOf(a))[0];

export function recoveries(pauses: readonly Pause[], faults: readonly InjectedFault[]): readonly Recovery[] {
  const all = pauses.flatMap((pause) => attributed(pause, faults) ?? []);
  return faults.map((fault) => {
    const own = all.filter((one) => one.fault === fault);
    const during = pauses.filter((pause) => hasPart(fault, pause) && pause.fromMs <= fault.untilMs);
    const longest = longestOf([...during, ...own.map(({ pause }) => pause)]);
    const isHidden = own.length === 0 && during.length > 0;
    return {
      fault,
      ...(isHidden ? {} : { recoveredAfterMs: Math.max(0, ...own.map(({ lastedMs }) => lastedMs)) }),
      ...(longest === undefined ? {} : { longest }),
      limitMs: fault.isInChain ? limitMs : limitOf(fault.kind),
    };
  });
}

/** Pauses that no fault had a part in. */
export const unexplained = (pauses: readonly Pause[], faults: readonly InjectedFault[]): readonly Pause[] =>
  pauses.filter((pause) => !faults.some((fault) => hasPart(fault, pause)));

/** What took longer than is promised. */
export interface TooSlow {
  readonly what: string;
  readonly tookMs: number;
  readonly limitMs: number;
}

/** Without a fault nothing may stand still for longer than after one. */
export function tooSlow(found: readonly Recovery[], pauses: readonly Pause[]): readonly TooSlow[] {
  const slow = found.flatMap(({ fault, recoveredAfterMs = 0, limitMs: most }): TooSlow[] =>
    recoveredAfterMs <= most ? [] : [{ what: `${fault.kind} of ${fault.target}`, tookMs: recoveredAfterMs, limitMs: most }],
  );
  const standing = pauses.filter((pause) => lengthOf(pause) > processKillLimitMs);
  return [...slow, ...standing.map((pause): TooSlow => ({ what: `${pause.lane} without a fault`, tookMs: lengthOf(pause), limitMs: processKillLimitMs }))];
}

/** Of all recoveries from one kind of fault, for the table. */
export interface RecoverySummary {
  readonly kind: FaultName;
  readonly count: number;
  /** Of those that no later fault hid. */
  readonly measured: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly limitMs: number;
}

function percentile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)] ?? 0;
}

export function summaries(found: readonly Recovery[]): readonly RecoverySummary[] {
  return [...Map.groupBy(found, ({ fault }) => fault.kind)].map(([kind, ofKind]) => {
    const times = ofKind.flatMap(({ recoveredAfterMs }) => recoveredAfterMs ?? []).toSorted((a, b) => a - b);
    return { kind, count: ofKind.length, measured: times.length, p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99), limitMs: limitOf(kind) };
  });
}
