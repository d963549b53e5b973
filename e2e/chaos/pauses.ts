import { slotOf } from '@multiconnect/contract';
import type { InjectedFault } from './faults.ts';
import type { History } from './history.ts';

/** How long the slot's messages in this direction waited at most. */
export interface SlotPause {
  readonly slot: number;
  readonly direction: 'out' | 'in';
  readonly ms: number;
  /** When the one that waited longest had been accepted from the back end, or taken by the chat server from the phone. */
  readonly fromMs: number;
}

interface Wait {
  readonly customer: string;
  readonly direction: SlotPause['direction'];
  readonly fromMs: number;
  readonly untilMs: number;
}

function firstTimes(items: readonly { readonly mark: string; readonly atMs: number }[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const { mark, atMs } of items) if (!times.has(mark)) times.set(mark, atMs);
  return times;
}

/** Files have work of their own to wait for. */
const isText = ({ kind }: { readonly kind: string }) => kind === 'text';

/** Whatever count of shards there was: slots stay when it changes. */
function waitsIn({ posts, shown, written, messages }: History): readonly Wait[] {
  const shownAt = firstTimes(shown);
  const calledBackAt = firstTimes(messages);
  const wait = (direction: Wait['direction'], customer: string, fromMs: number | undefined, untilMs: number | undefined): Wait[] =>
    fromMs === undefined || untilMs === undefined ? [] : [{ direction, customer, fromMs, untilMs }];
  return [
    ...posts.filter(isText).flatMap(({ customer, mark, acceptedAtMs }) => wait('out', customer, acceptedAtMs, shownAt.get(mark))),
    ...written.filter(isText).flatMap(({ customer, mark, sentAtMs }) => wait('in', customer, sentAtMs, calledBackAt.get(mark))),
  ];
}

/**
 * The longest wait of each slot and direction among the messages that were on their way at some time from `fromMs` to
 * `untilMs`, the longest first.
 */
export function slotPauses(history: History, fromMs: number, untilMs: number): readonly SlotPause[] {
  const longest = new Map<string, SlotPause>();
  for (const wait of waitsIn(history)) {
    if (wait.untilMs < fromMs || wait.fromMs >= untilMs) continue;
    const pause = { slot: slotOf(wait.customer), direction: wait.direction, ms: wait.untilMs - wait.fromMs, fromMs: wait.fromMs };
    const key = `${pause.slot} ${pause.direction}`;
    if (pause.ms > (longest.get(key)?.ms ?? -1)) longest.set(key, pause);
  }
  return [...longest.values()].toSorted((a, b) => b.ms - a.ms);
}

/** What a change of the number of shards is felt for, its preparation included. */
const feltForMs = 8_000;

/** A line for each change of the number of shards: how long messages waited, over the slots. */
export function reshardingLines(history: History, faults: readonly InjectedFault[]): readonly string[] {
  return faults.flatMap(({ kind, target, fromMs }, index) => {
    if (kind !== 'reshard') return [];
    const untilMs = Math.min(fromMs + feltForMs, faults[index + 1]?.fromMs ?? Infinity);
    const pauses = slotPauses(history, fromMs, untilMs);
    const words = (['out', 'in'] as const).map((direction) => {
      const own = pauses.filter((pause) => pause.direction === direction);
      const half = own[Math.floor(own.length / 2)];
      return `${direction}: ${own[0]?.ms ?? 0} ms at most (slot ${own[0]?.slot ?? '-'}), ${half?.ms ?? 0} ms in half of the slots`;
    });
    return [`waits while ${target.padEnd(16)} ${words.join('; ')}`];
  });
}
