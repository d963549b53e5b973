import { shardOf } from '../chaos/owners.ts';
import type { History } from '../chaos/history.ts';

/** A change of a shard's owner, and the longest time around it in which nothing of the shard came through. */
export interface HandOver {
  readonly shard: number;
  readonly atMs: number;
  readonly from: string;
  readonly to: string;
  /** Missing for the control shard, through which only messages from customers come. */
  readonly outMs: number | undefined;
  readonly inMs: number;
}

const controlShard = -1;
/** Around the change in the shard map: it is felt neither long before nor long after. */
const beforeMs = 500;
const afterMs = 3_000;

function longestGapMs(times: readonly number[], atMs: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  const gaps = sorted.slice(1).map((untilMs, index) => ({ fromMs: sorted[index] ?? untilMs, untilMs }));
  const near = gaps.filter(({ fromMs, untilMs }) => untilMs >= atMs - beforeMs && fromMs <= atMs + afterMs);
  return Math.max(0, ...near.map(({ fromMs, untilMs }) => untilMs - fromMs));
}

/** Every change of an owner to another between the two times, in their order. */
export function handOvers({ ownership, shown, messages }: History, fromMs: number, untilMs: number): readonly HandOver[] {
  const owners = new Map<number, string>();
  const changes = ownership.flatMap(({ shard, owner, atMs }) => {
    const from = owners.get(shard);
    owners.set(shard, owner);
    return from === undefined || atMs < fromMs || atMs > untilMs ? [] : [{ shard, atMs, from, to: owner }];
  });
  const timesOf = (list: readonly { readonly customer: string; readonly atMs: number }[], shard: number) =>
    list.filter(({ customer }) => shard === controlShard || shardOf(customer) === shard).map(({ atMs }) => atMs);
  return changes.map((change) => ({
    ...change,
    outMs: change.shard === controlShard ? undefined : longestGapMs(timesOf(shown, change.shard), change.atMs),
    inMs: longestGapMs(timesOf(messages, change.shard), change.atMs),
  }));
}

function figures(name: string, values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  return `${name}: p50 ${sorted[Math.floor(sorted.length / 2)] ?? 0} ms, longest ${sorted.at(-1) ?? 0} ms (${sorted.length})`;
}

/** For people: one line each, and the middle and the longest of each kind. */
export function tableOfHandOvers(changes: readonly HandOver[]): string {
  const lines = changes.map(({ shard, from, to, outMs, inMs }) => `shard ${shard} ${from} -> ${to}: out ${outMs ?? '-'} ms, in ${inMs} ms`);
  const ofMessages = changes.filter(({ shard }) => shard !== controlShard);
  const ofControl = changes.filter(({ shard }) => shard === controlShard);
  return [
    ...lines,
    figures('pause out', ofMessages.map(({ outMs }) => outMs ?? 0)),
    figures('pause in', ofMessages.map(({ inMs }) => inMs)),
    figures('pause in, control shard', ofControl.map(({ inMs }) => inMs)),
  ].join('\n');
}
