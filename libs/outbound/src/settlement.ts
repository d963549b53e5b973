/** Promises of hints: each resolves when all of its messages are past `accepted`, parked, or not of this shard. */
export interface Settlement {
  wait(ids: readonly string[]): Promise<void>;
  /** Ids that somebody waits for and that have not been looked at since the last call. */
  takeFresh(): readonly string[];
  settle(id: string): void;
  settleAll(): void;
}

interface Waiter {
  left: number;
  readonly done: () => void;
}

export function createSettlement(): Settlement {
  const waiters = new Map<string, Waiter[]>();
  let fresh: string[] = [];
  const settle = (id: string) => {
    const all = waiters.get(id);
    if (all === undefined) return;
    waiters.delete(id);
    for (const waiter of all) {
      waiter.left -= 1;
      if (waiter.left === 0) waiter.done();
    }
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
          fresh.push(id);
        }
      }),
    takeFresh() {
      const taken = fresh;
      fresh = [];
      return taken;
    },
    settle,
    settleAll() {
      for (const id of [...waiters.keys()]) settle(id);
    },
  };
}
