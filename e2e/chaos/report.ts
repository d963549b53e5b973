import type { Breach } from './checker.ts';
import type { InjectedFault } from './faults.ts';
import type { History } from './history.ts';
import { lengthOf, pausesOf, type Recovery, type RecoverySummary, recoveries, summaries, type TooSlow, tooSlow, unexplained } from './recovery.ts';
import type { PlannedFault } from './schedule.ts';
import { type StoryEvent, storyOf } from './story.ts';

export interface ReportFacts {
  readonly seed: number;
  readonly rate: number;
  readonly durationMs: number;
  /** When the traffic began and ended. */
  readonly startMs: number;
  readonly endMs: number;
  readonly planned: readonly PlannedFault[];
  readonly faults: readonly InjectedFault[];
  readonly breaches: readonly Breach[];
  readonly answers: ReadonlyMap<string, number>;
}

export interface ToldBreach extends Breach {
  /** What is known of its message; of the first breaches only. */
  readonly story?: readonly StoryEvent[];
}

/** What is written as JSON; `planned` is what a replay reads. */
export interface Report {
  /** Every promise was kept; nothing is said of how fast. */
  readonly isKept: boolean;
  readonly seed: number;
  readonly rate: number;
  readonly durationMs: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly planned: readonly PlannedFault[];
  readonly recoveries: readonly Recovery[];
  readonly summaries: readonly RecoverySummary[];
  readonly tooSlow: readonly TooSlow[];
  readonly counts: Readonly<Record<string, number>>;
  readonly answers: Readonly<Record<string, number>>;
  readonly breaches: readonly ToldBreach[];
  readonly history: History;
}

const maxStories = 50;

function countsOf(history: History): Report['counts'] {
  const accepted = history.posts.filter(({ id }) => id !== undefined);
  const sum = (kinds: readonly { readonly kind: string }[]) => [...Map.groupBy(kinds, ({ kind }) => kind)].map(([kind, of]) => [kind, of.length] as const);
  return {
    accepted: accepted.length,
    ...Object.fromEntries(sum(accepted).map(([kind, count]) => [`accepted, ${kind}`, count])),
    shown: history.shown.length,
    'written on phones': history.written.length,
    ...Object.fromEntries(sum(history.written).map(([kind, count]) => [`written, ${kind}`, count])),
    'given up by phones': history.written.filter(({ refusal }) => refusal !== undefined).length,
    'messages called back': history.messages.length,
    'statuses called back': history.statuses.length,
    'read by customers': history.reads.filter(({ by }) => by === 'customer').length,
    'read by the business': history.reads.filter(({ by }) => by === 'business').length,
    'pictures fetched': history.files.length,
    customers: new Set([...history.posts, ...history.written].map(({ customer }) => customer)).size,
  };
}

export function reportOf(facts: ReportFacts, history: History): Report {
  const { seed, rate, durationMs, startMs, endMs, planned, faults, breaches } = facts;
  const pauses = pausesOf(history, endMs);
  const found = recoveries(pauses, faults);
  return {
    isKept: breaches.length === 0,
    ...{ seed, rate, durationMs, startMs, endMs, planned },
    recoveries: found,
    summaries: summaries(found),
    tooSlow: tooSlow(found, unexplained(pauses, faults)),
    counts: countsOf(history),
    answers: Object.fromEntries(facts.answers),
    breaches: breaches.map((breach, index) => (index < maxStories ? { ...breach, story: storyOf(history, faults, breach) } : breach)),
    history,
  };
}

export const secondsOf = (ms: number) => (ms / 1_000).toFixed(1);

const recoveryText = ({ recoveredAfterMs, limitMs }: Recovery): string => {
  if (recoveredAfterMs === undefined) return 'recovered with a later one';
  if (recoveredAfterMs === 0) return 'no pause of its own';
  return `recovered after ${secondsOf(recoveredAfterMs)} s${recoveredAfterMs > limitMs ? `, LIMIT ${secondsOf(limitMs)} s` : ''}`;
};

/** One line a fault, for people. */
export function lineOf(recovery: Recovery, startMs: number): string {
  const { fault, longest } = recovery;
  const lasted = `${secondsOf(fault.fromMs - startMs)} s to ${secondsOf(fault.untilMs - startMs)} s`;
  const pause = longest === undefined ? '' : ` (longest pause ${secondsOf(lengthOf(longest))} s, ${longest.lane})`;
  return `${fault.kind.padEnd(24)} ${fault.target.padEnd(21)} ${lasted.padEnd(20)} ${recoveryText(recovery)}${pause}`;
}

/** The table of recovery times by kind of fault. */
export function tableOf(rows: readonly RecoverySummary[]): string {
  const head = ['fault', 'count', 'measured', 'p50', 'p99', 'limit'];
  const cells = rows.map(({ kind, count, measured, p50Ms, p99Ms, limitMs }) => {
    const times = [p50Ms, p99Ms, limitMs].map((ms) => `${secondsOf(ms)} s`);
    return [kind, String(count), String(measured), ...times];
  });
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)));
  return [head, ...cells].map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')).join('\n');
}

/** The run in a line. */
export function summaryOf({ seed, breaches, tooSlow: slow, recoveries: found, counts, endMs, startMs }: Report): string {
  const promises = breaches.length === 0 ? 'every promise kept' : `${breaches.length} BREACHES`;
  const speed = slow.length === 0 ? 'all recovered in time' : `${slow.length} TOO SLOW`;
  const traffic = `${counts['accepted'] ?? 0} messages out, ${counts['written on phones'] ?? 0} in`;
  return `seed ${seed}: ${promises}, ${speed}; ${found.length} faults in ${secondsOf(endMs - startMs)} s, ${traffic}`;
}
