import { faultKinds } from './fault-kinds.ts';
import type { InjectedFault } from './faults.ts';
import type { History } from './history.ts';
import { shardOf } from './owners.ts';

export interface Recovery {
  readonly fault: InjectedFault;
  /** The longest time in which nothing of some shard came through in some direction. */
  readonly longestPauseMs: number;
  /** Of that shard and direction, such as `shard 2 out`. */
  readonly where: string;
  /** From the fault, or from the end of its cause where nothing can flow before, until every shard flowed again. */
  readonly recoveredAfterMs: number;
}

/** Shorter pauses are the traffic's own. */
const shortestPauseMs = 1_000;

interface Pause {
  readonly where: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

function arrivals({ shown, messages }: History): ReadonlyMap<string, readonly number[]> {
  const lanes = new Map<string, number[]>();
  const note = (customer: string, direction: string, atMs: number) => {
    const name = `shard ${shardOf(customer)} ${direction}`;
    const lane = lanes.get(name);
    if (lane === undefined) lanes.set(name, [atMs]);
    else lane.push(atMs);
  };
  for (const { customer, atMs } of shown) note(customer, 'out', atMs);
  for (const { customer, atMs } of messages) note(customer, 'in', atMs);
  return lanes;
}

function pausesIn(lane: readonly number[], where: string): Pause[] {
  const times = lane.toSorted((a, b) => a - b);
  return times.slice(1).map((untilMs, index) => ({ where, fromMs: times[index] ?? untilMs, untilMs }));
}

/** @param endMs when the traffic ended, after which a pause means nothing */
export function recoveries(history: History, faults: readonly InjectedFault[], endMs: number): readonly Recovery[] {
  const pauses = [...arrivals(history)].flatMap(([where, lane]) => pausesIn(lane, where)).filter(({ fromMs }) => fromMs < endMs);
  return faults.map((fault, index) => {
    const nextMs = faults[index + 1]?.fromMs ?? endMs;
    // A pause that ends after the next fault has begun, and began only just before it, is the next one's.
    const during = pauses.filter(({ fromMs, untilMs }) => untilMs > fault.fromMs && (untilMs <= nextMs || fromMs < nextMs - shortestPauseMs));
    const longest = during.reduce<Pause | undefined>((most, one) => (most === undefined || lengthOf(one) > lengthOf(most) ? one : most), undefined);
    const startMs = faultKinds[fault.kind].heals === 'by itself' ? fault.fromMs : fault.untilMs;
    const real = during.filter((one) => lengthOf(one) >= shortestPauseMs);
    return {
      fault,
      longestPauseMs: longest === undefined ? 0 : lengthOf(longest),
      where: longest?.where ?? '',
      recoveredAfterMs: Math.max(0, ...real.map(({ untilMs }) => untilMs - startMs)),
    };
  });
}

const lengthOf = ({ fromMs, untilMs }: Pause) => untilMs - fromMs;
