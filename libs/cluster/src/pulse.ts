import type { Clock } from '@multiconnect/clock';

/** What a loop waits on between two rounds. Wake-ups that arrive together, or before the wait, are merged into one. */
export interface Pulse {
  wake(): void;
  /** Resolves after `ms`, or earlier when woken. */
  wait(ms: number): Promise<void>;
}

export function createPulse(clock: Clock): Pulse {
  let woken = false;
  let resume: (() => void) | undefined;
  return {
    wake: () => {
      woken = true;
      resume?.();
    },
    wait: (ms) =>
      new Promise((resolve) => {
        const end = () => {
          cancel();
          woken = false;
          resume = undefined;
          resolve();
        };
        const cancel = clock.after(ms, end);
        resume = end;
        if (woken) end();
      }),
  };
}
