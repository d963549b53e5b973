import type { Cancel, Clock } from './clock.ts';
import { sleepWith } from './sleep.ts';

/** A clock that stands still until a test advances it. */
export interface FakeClock extends Clock {
  /** Runs what comes due within `ms`, in order of time, and lets promises settle before, between and after. */
  advance(ms: number): Promise<void>;
  /** Lets promises settle without any time passing. */
  settle(): Promise<void>;
  /** Moves wall time only, as an operator or NTP would. `ms` may be negative. */
  jumpWall(ms: number): void;
  /** How many timers wait. */
  pending(): number;
}

interface Timer {
  readonly dueMs: number;
  readonly rank: number;
  readonly order: number;
  readonly fn: () => void;
}

/**
 * A deterministic clock. Timers due at one moment run in the order they were set, or, with a `seed`, in an order that
 * depends on the seed only: a test can so try many interleavings and repeat each.
 */
export function createFakeClock(options: { readonly startMs?: number; readonly seed?: number } = {}): FakeClock {
  const random = options.seed === undefined ? () => 0 : mulberry32(options.seed);
  const timers = new Set<Timer>();
  let monotonic = 0;
  let wallOffset = options.startMs ?? Date.UTC(2020, 0, 1);
  let set = 0;

  const after: Clock['after'] = (ms, fn) => {
    set += 1;
    const timer = { dueMs: monotonic + Math.max(0, ms), rank: random(), order: set, fn };
    timers.add(timer);
    return () => timers.delete(timer);
  };

  const every: Clock['every'] = (ms, fn) => {
    let cancelNext: Cancel = () => undefined;
    let cancelled = false;
    const arm = () => {
      cancelNext = after(Math.max(1, ms), () => {
        fn();
        if (!cancelled) arm();
      });
    };
    arm();
    return () => {
      cancelled = true;
      cancelNext();
    };
  };

  const advance = async (ms: number) => {
    const untilMs = monotonic + ms;
    await settle();
    for (let timer = firstDue(timers, untilMs); timer; timer = firstDue(timers, untilMs)) {
      timers.delete(timer);
      monotonic = Math.max(monotonic, timer.dueMs);
      timer.fn();
      await settle();
    }
    monotonic = untilMs;
  };

  return {
    nowMs: () => wallOffset + monotonic,
    monotonicMs: () => monotonic,
    after,
    every,
    sleep: (ms, signal) => sleepWith(after, ms, signal),
    advance,
    settle,
    jumpWall: (ms) => {
      wallOffset += ms;
    },
    pending: () => timers.size,
  };
}

/** Every promise that waits on nothing but other promises has settled when the event loop comes round again. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function firstDue(timers: ReadonlySet<Timer>, untilMs: number): Timer | undefined {
  let first: Timer | undefined;
  for (const timer of timers) {
    if (timer.dueMs <= untilMs && (!first || isBefore(timer, first))) first = timer;
  }
  return first;
}

function isBefore(a: Timer, b: Timer): boolean {
  if (a.dueMs !== b.dueMs) return a.dueMs < b.dueMs;
  return a.rank === b.rank ? a.order < b.order : a.rank < b.rank;
}

/** A small seeded generator of numbers in [0, 1). */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
