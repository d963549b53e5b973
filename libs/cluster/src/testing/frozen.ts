import type { Clock } from '@multiconnect/clock';

/** A process that can be stopped and thawed (SIGSTOP, SIGCONT), or killed: nothing of it runs meanwhile, and time goes on without it. */
export interface Process {
  readonly clock: Clock;
  freeze(): void;
  thaw(): void;
  kill(): void;
  /** The store as the process reaches it: what it hears back while it is frozen, it learns when thawed. */
  reach<T extends object>(store: T): T;
}

type Step = () => void;

export function createProcess(clock: Clock): Process {
  let state: 'running' | 'frozen' | 'killed' = 'running';
  let held: Step[] = [];
  const step = (fn: Step) => {
    if (state === 'running') fn();
    else if (state === 'frozen') held.push(fn);
  };
  const running = () => new Promise<void>((resolve) => step(resolve));

  const after: Clock['after'] = (ms, fn) => {
    let cancelled = false;
    const cancel = clock.after(ms, () =>
      step(() => {
        if (!cancelled) fn();
      }),
    );
    return () => {
      cancelled = true;
      cancel();
    };
  };

  return {
    clock: {
      nowMs: () => clock.nowMs(),
      monotonicMs: () => clock.monotonicMs(),
      after,
      every: (ms, fn) => clock.every(ms, () => step(fn)),
      sleep: () => Promise.reject(new Error('not needed here')),
    },
    freeze: () => {
      if (state === 'running') state = 'frozen';
    },
    thaw: () => {
      if (state !== 'frozen') return;
      state = 'running';
      const due = held;
      held = [];
      for (const fn of due) fn();
    },
    kill: () => {
      state = 'killed';
    },
    reach: (store) => gated(store, running),
  };
}

function gated<T extends object>(store: T, running: () => Promise<void>): T {
  return new Proxy(store, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        await running();
        try {
          return (await Reflect.apply(member, target, args)) as unknown;
        } finally {
          await running();
        }
      };
    },
  });
}
