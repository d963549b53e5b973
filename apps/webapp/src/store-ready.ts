import type { Clock } from '@multiconnect/clock';
import type { MessageStore } from '@multiconnect/message-store';
import type { Logger } from '@multiconnect/telemetry';

const pollMs = 500;

/**
 * Resolves once the store can serve this version: the leading master brings its schema up to date, a webapp never does.
 * Throws the store's last reason (`Unable to initialize config store: …`) after `limitMs`.
 */
export async function storeReady(store: Pick<MessageStore, 'check'>, clock: Clock, log: Logger, limitMs: number): Promise<void> {
  const startedAtMs = clock.monotonicMs();
  let loggedReason: string | undefined;
  for (;;) {
    try {
      await store.check();
      return;
    } catch (error) {
      if (clock.monotonicMs() - startedAtMs >= limitMs) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== loggedReason) log.warn({ reason, limit_ms: limitMs }, 'waiting for the store');
      loggedReason = reason;
    }
    await clock.sleep(pollMs);
  }
}
