/** Of several runs. */
export interface Summary {
  readonly values: readonly number[];
  readonly median: number;
  /** Between the smallest and the largest. */
  readonly spread: number;
}

export function summaryOf(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
  return { values, median, spread: (sorted.at(-1) ?? Number.NaN) - (sorted[0] ?? Number.NaN) };
}
