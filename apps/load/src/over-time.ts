import { percentilesOf } from './percentiles.ts';

/** One second of a run. */
export interface Second {
  /** Of what was begun in it; at the end of a run that falls behind it is less than was asked. */
  readonly begun: number;
  readonly done: number;
  /** Of what was begun in it, until it was done; absent when nothing was. */
  readonly p50Ms?: number;
  readonly p99Ms?: number;
}

/** When something was begun and done, milliseconds on one clock. */
export interface Span {
  readonly beganAtMs: number;
  readonly doneAtMs?: number;
}

/** A run second by second, from its first beginning. */
export function overTime(spans: readonly Span[]): readonly Second[] {
  const startMs = spans.reduce((first, { beganAtMs }) => Math.min(first, beganAtMs), Infinity);
  const secondOf = (atMs: number) => Math.floor((atMs - startMs) / 1000);
  const begun = Map.groupBy(spans, ({ beganAtMs }) => secondOf(beganAtMs));
  const done = Map.groupBy(spans, ({ doneAtMs }) => (doneAtMs === undefined ? -1 : secondOf(doneAtMs)));
  const last = Math.max(-1, ...begun.keys(), ...done.keys());
  return Array.from({ length: last + 1 }, (_, second) => {
    const begunNow = begun.get(second) ?? [];
    const tookMs = begunNow.flatMap(({ beganAtMs, doneAtMs }) => (doneAtMs === undefined ? [] : [doneAtMs - beganAtMs]));
    const percentiles = percentilesOf(tookMs);
    return {
      begun: begunNow.length,
      done: done.get(second)?.length ?? 0,
      ...(percentiles === undefined ? {} : { p50Ms: percentiles.p50, p99Ms: percentiles.p99 }),
    };
  });
}
