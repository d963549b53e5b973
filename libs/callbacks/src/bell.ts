import type { Clock } from '@multiconnect/clock';

/** Wakes one waiter. A ring while nobody waits is kept for the next. */
export interface Bell {
  ring(): void;
  /** Resolves at the next ring, at once if it rang since {@link clear}, or `ms` from now. */
  wait(ms: number): Promise<void>;
  clear(): void;
}

export function createBell(clock: Clock): Bell {
  let rang = false;
  let waiter: (() => void) | undefined;

  return {
    ring() {
      rang = true;
      waiter?.();
    },
    clear() {
      rang = false;
    },
    wait(ms) {
      if (rang) return Promise.resolve();
      return new Promise((resolve) => {
        const done = () => {
          waiter = undefined;
          cancelTimer();
          resolve();
        };
        const cancelTimer = clock.after(ms, done);
        waiter = done;
      });
    },
  };
}
