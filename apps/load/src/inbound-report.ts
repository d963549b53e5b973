import type { Faults } from './checker.ts';
import { overTime, type Second, type Span } from './over-time.ts';
import { type Percentiles, percentilesOf } from './percentiles.ts';

export interface InboundReport {
  readonly runId: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly asked: { readonly rate: number; readonly durationS: number; readonly writers: number };
  readonly messages: { readonly written: number; readonly calledBack: number };
  /** From the first to the last of each. */
  readonly perSecond: { readonly written: number; readonly calledBack: number };
  readonly latencyMs: { readonly writtenToCalledBack?: Percentiles };
  /** From writing to calling back. */
  readonly overTime: readonly Second[];
  /** By content at the callback sink. */
  readonly faults: { readonly [Kind in keyof Faults]: number };
  /** CPU milliseconds a message written; null where a process was started or ended during the run, or is not known. */
  readonly cpuMsPerMessage: Readonly<Record<string, number | null>>;
  /** What went wrong, a line each. */
  readonly findings: readonly string[];
  readonly ok: boolean;
}

export interface InboundMeasured {
  readonly runId: string;
  readonly startedAt: Date;
  readonly asked: InboundReport['asked'];
  /** From writing to calling back. */
  readonly spans: readonly Span[];
  /** Of messages that could not be written. */
  readonly reasons: readonly string[];
  readonly faults: Faults;
  readonly cpuMs: ReadonlyMap<string, number | undefined>;
  /** What ended the run early. */
  readonly interruption?: string;
}

const maxReasons = 3;

export function inboundReportOf(measured: InboundMeasured): InboundReport {
  const { runId, startedAt, asked, spans, faults, cpuMs } = measured;
  const took = percentilesOf(spans.flatMap(({ beganAtMs, doneAtMs }) => (doneAtMs === undefined ? [] : [doneAtMs - beganAtMs])));
  const doneAt = spans.flatMap(({ doneAtMs }) => (doneAtMs === undefined ? [] : [doneAtMs]));
  const counts = Object.entries(faults).map(([kind, keys]) => [kind, (keys as readonly unknown[]).length] as const);
  const findings = findingsOf(measured, counts);
  return {
    runId,
    startedAt: startedAt.toISOString(),
    asked,
    messages: { written: spans.length, calledBack: doneAt.length },
    perSecond: { written: rateOf(spans.map(({ beganAtMs }) => beganAtMs)), calledBack: rateOf(doneAt) },
    latencyMs: took === undefined ? {} : { writtenToCalledBack: took },
    overTime: overTime(spans),
    faults: Object.fromEntries(counts) as unknown as InboundReport['faults'],
    cpuMsPerMessage: Object.fromEntries([...cpuMs].map(([name, ms]) => [name, ms === undefined || spans.length === 0 ? null : ms / spans.length])),
    findings,
    ok: findings.length === 0,
  };
}

function findingsOf({ reasons, interruption }: InboundMeasured, counts: readonly (readonly [string, number])[]): readonly string[] {
  const ofFaults = counts.filter(([, count]) => count > 0).map(([kind, count]) => `${count} ${kind}`);
  const ofWrites = reasons.length === 0 ? [] : [`${reasons.length} messages could not be written: ${[...new Set(reasons)].slice(0, maxReasons).join('; ')}`];
  return [...(interruption === undefined ? [] : [interruption]), ...ofFaults, ...ofWrites];
}

/** Of instants, from the first to the last. */
function rateOf(timesMs: readonly number[]): number {
  const first = timesMs.reduce((least, atMs) => Math.min(least, atMs), Infinity);
  const last = timesMs.reduce((most, atMs) => Math.max(most, atMs), -Infinity);
  return last > first ? ((timesMs.length - 1) * 1000) / (last - first) : 0;
}
