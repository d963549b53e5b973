import type { Clock } from '@multiconnect/clock';
import type { Acceptance } from '@multiconnect/message-store';

/** Whether too much waits to be sent, as it was about a second ago. Asking costs nothing and never waits. */
export interface Overload {
  isOverloaded(): boolean;
}

const measureEveryMs = 1_000;
/** A measure that takes long is taken less often: at most this part of the time goes into measuring. */
const maxShareOfTime = 0.05;

export function createOverload(options: {
  readonly acceptance: Pick<Acceptance, 'backlog'>;
  readonly accountId: number;
  /** Undefined: never overloaded. */
  readonly maxBacklog: number | undefined;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly onError: (error: unknown) => void;
}): Overload {
  const { acceptance, accountId, maxBacklog, clock, onError } = options;
  if (maxBacklog === undefined) return { isOverloaded: () => false };
  let overloaded = false;
  let nextMeasureMs = -Infinity;

  async function measure(limit: number): Promise<void> {
    const startMs = clock.monotonicMs();
    nextMeasureMs = Infinity;
    try {
      overloaded = (await acceptance.backlog(accountId, limit)) >= limit;
    } catch (error) {
      // Without a database nothing is accepted anyway.
      onError(error);
    }
    const endMs = clock.monotonicMs();
    nextMeasureMs = endMs + Math.max(measureEveryMs, (endMs - startMs) / maxShareOfTime);
  }

  return {
    isOverloaded() {
      if (clock.monotonicMs() >= nextMeasureMs) void measure(maxBacklog);
      return overloaded;
    },
  };
}
