import type { Logger } from './logger.ts';

const repeatAfterMs = 30_000;

/** Logs what fails in a loop: at once when it is something else than before, then every 30 s. */
export function createErrorLog(log: Logger, what: string): (error: unknown) => void {
  let last = '';
  let loggedMs = -Infinity;
  return (error) => {
    const text = error instanceof Error ? `${error.name} ${error.message}` : typeof error;
    const nowMs = performance.now();
    if (text === last && nowMs - loggedMs < repeatAfterMs) return;
    last = text;
    loggedMs = nowMs;
    log.warn({ err: error }, what);
  };
}
