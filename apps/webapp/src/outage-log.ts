import type { Clock } from '@multiconnect/clock';
import type { Logger } from '@multiconnect/telemetry';

const repeatAfterMs = 30_000;

/** Logs what fails again and again while something is away: at once when it is new, then every 30 s with its count. */
export function createOutageLog(log: Logger, clock: Pick<Clock, 'monotonicMs'>, what: string): (error: unknown) => void {
  let last: string | undefined;
  let loggedAtMs = 0;
  let unlogged = 0;
  return (error) => {
    const reason = error instanceof Error ? `${error.name} ${error.message}` : typeof error;
    const nowMs = clock.monotonicMs();
    if (reason === last && nowMs - loggedAtMs < repeatAfterMs) {
      unlogged += 1;
      return;
    }
    log.warn({ err: error, repeated: unlogged }, what);
    last = reason;
    loggedAtMs = nowMs;
    unlogged = 0;
  };
}
