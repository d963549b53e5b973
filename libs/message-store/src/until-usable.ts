import type { Clock } from '@multiconnect/clock';
import { retryUntilDone } from '@multiconnect/retry';
import { type MessageStore, StoreRefused } from './ports/message-store.ts';

const backoff = { initialMs: 100, maxMs: 500 };

export interface UntilUsableOptions {
  readonly clock: Clock;
  readonly limitMs: number;
  /** Called with each new reason. */
  readonly onWaiting: (reason: string) => void;
}

/**
 * Resolves once the store can serve this version: the leading master brings its schema up to date, others wait for it.
 * Throws StoreRefused at once, and StoreUnusable with its last reason after `limitMs`.
 */
export async function untilUsable(store: Pick<MessageStore, 'check'>, { clock, limitMs, onWaiting }: UntilUsableOptions): Promise<void> {
  const deadlineMs = clock.monotonicMs() + limitMs;
  let lastReason: string | undefined;
  await retryUntilDone(
    {
      clock,
      signal: new AbortController().signal,
      backoff,
      isFinal: (error) => error instanceof StoreRefused || clock.monotonicMs() >= deadlineMs,
      onRetry(error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (reason !== lastReason) onWaiting(reason);
        lastReason = reason;
      },
    },
    () => store.check(),
  );
}
