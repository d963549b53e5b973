import type { BenchReport, RowResult } from './results.ts';
import { type Row, type RowName, rows } from './rows.ts';

/** A row against the same row of a past report. */
export interface Comparison {
  readonly name: RowName;
  readonly before: number;
  readonly now: number;
  /** How much more of it there is now, as a share. */
  readonly change: number;
  /** It is worse, and by more than the runs differ among themselves. */
  readonly isSlower: boolean;
}

/** Where there is one run only, nothing is known of the spread: then this share of the figure stands for it. */
const assumedSpread = 0.1;

const spreadOf = ({ values, median, spread }: RowResult) => (values.length > 1 ? spread : median * assumedSpread);

export function compare(now: BenchReport, before: BenchReport): readonly Comparison[] {
  return now.rows.flatMap((row) => {
    const past = before.rows.find(({ name }) => name === row.name);
    if (past === undefined) return [];
    const { direction }: Row = rows[row.name];
    const worseBy = direction === 'at least' ? past.median - row.median : row.median - past.median;
    const isSlower = worseBy > Math.max(spreadOf(row), spreadOf(past));
    return [{ name: row.name, before: past.median, now: row.median, change: row.median / past.median - 1, isSlower }];
  });
}
