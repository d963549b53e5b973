import { type CallbackDelivery, runCallbackDelivery } from '@multiconnect/callbacks';
import type { DeliverySettings } from '@multiconnect/callbacks';
import type { ShardContext } from './shard-service.ts';

/** Delivers the callbacks of the shard's slots. */
export function deliverCallbacks(context: ShardContext, slots: readonly number[], settings: () => DeliverySettings): CallbackDelivery {
  const { lease, connections, metrics, statistics, log } = context;
  return runCallbackDelivery({
    tenure: lease,
    slots,
    queue: connections.store.callbacks,
    sender: connections.sender,
    settings,
    clock: connections.clock,
    log,
    metrics: {
      attempted: (kind, reason, durationMs) => statistics.callbackAttempt(kind, reason, durationMs),
      limited: () => statistics.callbacksLimited(),
      delivered(kind, ageMs) {
        metrics.callbacks.inc({ kind, result: 'success' });
        metrics.callbackAge.observe(ageMs / 1000);
      },
      failed: (kind, reason) => metrics.callbacks.inc({ kind, result: reason }),
      buried(kind, reason) {
        metrics.callbacks.inc({ kind, result: 'dead-letter' });
        metrics.deadLetters.inc({ kind: 'callback', reason });
      },
    },
    onFenced: (error) => lease.fence(error.message),
  });
}
