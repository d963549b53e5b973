import type { Clock } from '@multiconnect/clock';
import type { ApiErrorBody, CriticalErrorEvent } from '@multiconnect/contract';

export interface CriticalErrorsOptions {
  readonly clock: Clock;
  /** Stands in the event ids: two nodes may have the same trouble. */
  readonly node: string;
  /** Puts a callback in the queue, unless one with this id is there. */
  readonly raise: (eventId: string, event: CriticalErrorEvent) => Promise<void>;
  readonly onBegan: (error: ApiErrorBody) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * What goes wrong with this process and the operator must know: told as a callback when it begins and every hour while it lasts,
 * and in health and support. What cannot be told at once, as the database is away, is told when it is back.
 */
export interface CriticalErrors {
  /** It holds now; calls while it lasts change its words only. */
  begin(key: string, error: ApiErrorBody): void;
  end(key: string): void;
  /** The details of what holds now. */
  problems(): readonly string[];
  stop(): void;
}

const repeatEveryMs = 3_600_000;
const flushEveryMs = 10_000;

interface Trouble {
  readonly startedMs: number;
  error: ApiErrorBody;
  times: number;
  dueMs: number;
}

export function createCriticalErrors({ clock, node, raise, onBegan, onError }: CriticalErrorsOptions): CriticalErrors {
  const lasting = new Map<string, Trouble>();
  const untold = new Map<string, CriticalErrorEvent>();
  let isFlushing = false;

  const tell = (key: string, trouble: Trouble) => {
    untold.set(`${key}-${node}-${trouble.startedMs}-${trouble.times}`, { kind: 'error', errors: [trouble.error] });
    trouble.times += 1;
    trouble.dueMs = clock.monotonicMs() + repeatEveryMs;
  };

  const flush = async () => {
    if (isFlushing) return;
    isFlushing = true;
    try {
      for (const [eventId, event] of untold) {
        await raise(eventId, event);
        untold.delete(eventId);
      }
    } catch (error) {
      onError(error);
    } finally {
      isFlushing = false;
    }
  };

  const stop = clock.every(flushEveryMs, () => {
    for (const [key, trouble] of lasting) if (clock.monotonicMs() >= trouble.dueMs) tell(key, trouble);
    void flush();
  });

  return {
    begin(key, error) {
      const known = lasting.get(key);
      if (known !== undefined) {
        known.error = error;
        return;
      }
      const trouble = { startedMs: clock.nowMs(), error, times: 0, dueMs: 0 };
      lasting.set(key, trouble);
      tell(key, trouble);
      onBegan(error);
      void flush();
    },
    end: (key) => void lasting.delete(key),
    problems: () => [...lasting.values()].map(({ error }) => error.details ?? error.title),
    stop,
  };
}
