/** What a background service did, for a test to wait on. */
export interface SignalLog<T> {
  add(event: T): void;
  /** The first event that matches, past or future. The test's own timeout ends the wait. */
  first(matches: (event: T) => boolean): Promise<T>;
  readonly all: readonly T[];
}

export function createSignalLog<T>(): SignalLog<T> {
  const all: T[] = [];
  const waiting = new Set<(event: T) => void>();
  return {
    all,
    add: (event) => {
      all.push(event);
      for (const each of waiting) each(event);
    },
    first: (matches) =>
      new Promise((resolve) => {
        const past = all.find(matches);
        if (past !== undefined) {
          resolve(past);
          return;
        }
        const each = (event: T) => {
          if (!matches(event)) return;
          waiting.delete(each);
          resolve(event);
        };
        waiting.add(each);
      }),
  };
}
