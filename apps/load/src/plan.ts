/** Who gets which message, and when. */
export interface Plan {
  /** Messages in all. */
  readonly count: number;
  /** How many of them go to somebody who was never written to. */
  readonly newCount: number;
  /** Milliseconds after the start at which message `index` is due. */
  dueMs(index: number): number;
  /** An index into the phones: first the known recipients, then the new ones, each once. */
  recipientOf(index: number): number;
}

export interface PlanOptions {
  /** Messages a second. */
  readonly rate: number;
  readonly durationS: number;
  readonly recipients: number;
  readonly newRecipientsPercent: number;
}

/** An even pace; new recipients spread evenly, the known ones taken in turn. */
export function planOf({ rate, durationS, recipients, newRecipientsPercent }: PlanOptions): Plan {
  const count = Math.round(rate * durationS);
  const newBefore = (index: number) => Math.floor((index * newRecipientsPercent) / 100);
  return {
    count,
    newCount: newBefore(count),
    dueMs: (index) => (index * 1000) / rate,
    recipientOf: (index) => {
      const before = newBefore(index);
      return newBefore(index + 1) > before ? recipients + before : (index - before) % recipients;
    },
  };
}
