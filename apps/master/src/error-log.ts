import type { Clock } from '@multiconnect/clock';
import type { Logger } from '@multiconnect/telemetry';

const repeatAfterMs = 30_000;

/** Logs what fails in a loop: at once when it is something else than before, then every 30 s. */
export function createErrorLog(log: Logger, clock: Clock, what: string): (error: unknown) => void {
  let last = '';
  let loggedMs = -Infinity;
  return (error) => {
    const text = error instanceof Error ? `${error.name} ${error.message}` : typeof error;
    if (text === last && clock.monotonicMs() - loggedMs < repeatAfterMs) return;
    last = text;
    loggedMs = clock.monotonicMs();
    log.warn({ err: error }, what);
  };
}
