import type { Clock } from '@multiconnect/clock';

export interface RetryOptions {
  readonly clock: Clock;
  /** Ends the wait: the promise then rejects with the signal's reason. */
  readonly signal: AbortSignal;
  readonly backoff: { readonly initialMs: number; readonly maxMs: number };
  /** Errors that no later attempt can cure; they are passed on at once. */
  readonly isFinal: (error: unknown) => boolean;
  readonly onRetry: (error: unknown, delayMs: number) => void;
}

/** Runs `work` until it succeeds, waiting longer after each failure. */
export async function retryUntilDone<T>(options: RetryOptions, work: () => Promise<T>): Promise<T> {
  const { clock, signal, backoff } = options;
  for (let delayMs = backoff.initialMs; ; delayMs = Math.min(delayMs * 2, backoff.maxMs)) {
    try {
      return await work();
    } catch (error) {
      if (options.isFinal(error)) throw error;
      signal.throwIfAborted();
      options.onRetry(error, delayMs);
      await clock.sleep(delayMs, signal);
    }
  }
}
