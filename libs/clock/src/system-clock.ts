import type { Clock } from './clock.ts';
import { sleepWith } from './sleep.ts';

const after: Clock['after'] = (ms, fn) => {
  const timer = setTimeout(fn, ms);
  return () => clearTimeout(timer);
};

/** The machine's time. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after,
  every: (ms, fn) => {
    const timer = setInterval(fn, ms);
    return () => clearInterval(timer);
  },
  sleep: (ms, signal) => sleepWith(after, ms, signal),
};
