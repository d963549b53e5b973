/** Promises of hints: each resolves when all of its messages are past `accepted`, parked, or not of this shard. */
export interface Settlement {
  wait(ids: readonly string[]): Promise<void>;
  /** Somebody waits for ids that have not been looked at. */
  readonly hasFresh: boolean;
  /** Settles those fresh ids that wait for nothing, and takes the others as looked at. */
  look(isUnderWay: (id: string) => boolean): void;
  /** Every id is to be looked at again: nobody knows what became of them. */
  doubt(): void;
  settle(ids: Iterable<string>): void;
  settleAll(): void;
}

interface Waiter {
  left: number;
  readonly done: () => void;
}

export function createSettlement(): Settlement {
  const waiters = new Map<string, Waiter[]>();
  let fresh = new Set<string>();
  const settleOne = (id: string) => {
    const all = waiters.get(id);
    if (all === undefined) return;
    waiters.delete(id);
    fresh.delete(id);
    for (const waiter of all) {
      waiter.left -= 1;
      if (waiter.left === 0) waiter.done();
    }
  };
  const settle = (ids: Iterable<string>) => {
    for (const id of ids) settleOne(id);
  };
  return {
    wait: (ids) =>
      new Promise((done) => {
        if (ids.length === 0) {
          done();
          return;
        }
        const waiter: Waiter = { left: ids.length, done };
        for (const id of ids) {
          const all = waiters.get(id);
          if (all === undefined) waiters.set(id, [waiter]);
          else all.push(waiter);
          fresh.add(id);
        }
      }),
    get hasFresh() {
      return fresh.size > 0;
    },
    look(isUnderWay) {
      const looked = fresh;
      fresh = new Set();
      for (const id of looked) if (!isUnderWay(id)) settleOne(id);
    },
    doubt() {
      fresh = new Set(waiters.keys());
    },
    settle,
    settleAll() {
      settle([...waiters.keys()]);
    },
  };
}
