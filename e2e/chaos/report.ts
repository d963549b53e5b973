import type { Breach } from './checker.ts';
import type { InjectedFault } from './faults.ts';
import type { History } from './history.ts';
import type { Recovery } from './recovery.ts';
import type { PlannedFault } from './schedule.ts';

export interface ReportFacts {
  readonly seed: number;
  readonly rate: number;
  readonly durationMs: number;
  /** When the traffic began and ended. */
  readonly startMs: number;
  readonly endMs: number;
  readonly planned: readonly PlannedFault[];
  readonly faults: readonly InjectedFault[];
  readonly recoveries: readonly Recovery[];
  readonly breaches: readonly Breach[];
  readonly answers: ReadonlyMap<string, number>;
}

/** What is written as JSON; `planned` is what a replay reads. */
export interface Report {
  readonly ok: boolean;
  readonly seed: number;
  readonly rate: number;
  readonly durationMs: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly planned: readonly PlannedFault[];
  readonly faults: readonly (InjectedFault & Omit<Recovery, 'fault'>)[];
  readonly counts: Readonly<Record<string, number>>;
  readonly answers: Readonly<Record<string, number>>;
  readonly breaches: readonly Breach[];
  readonly history: History;
}

export function reportOf(facts: ReportFacts, history: History): Report {
  const { seed, rate, durationMs, startMs, endMs, planned, breaches } = facts;
  return {
    ok: breaches.length === 0,
    ...{ seed, rate, durationMs, startMs, endMs, planned },
    faults: facts.recoveries.map(({ fault, ...recovery }) => ({ ...fault, ...recovery })),
    counts: {
      accepted: history.posts.filter(({ id }) => id !== undefined).length,
      shown: history.shown.length,
      written: history.written.length,
      gaveUp: history.written.filter(({ refusal }) => refusal !== undefined).length,
      calledBackMessages: history.messages.length,
      calledBackStatuses: history.statuses.length,
    },
    answers: Object.fromEntries(facts.answers),
    breaches,
    history,
  };
}

const secondsOf = (ms: number) => (ms / 1_000).toFixed(1);

/** One line a fault, for people. */
export function lineOf({ fault, recoveredAfterMs, longestPauseMs, where }: Recovery, startMs: number): string {
  const lasted = `${secondsOf(fault.fromMs - startMs)} s to ${secondsOf(fault.untilMs - startMs)} s`;
  return `${fault.kind.padEnd(17)} ${fault.target.padEnd(21)} ${lasted.padEnd(18)} recovered after ${secondsOf(recoveredAfterMs)} s (longest pause ${secondsOf(longestPauseMs)} s, ${where})`;
}
