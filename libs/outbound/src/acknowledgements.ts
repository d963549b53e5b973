import { createBatcher } from '@multiconnect/batch';
import type { Clock } from '@multiconnect/clock';
import { Fenced, type Moved, type Outbox, type ReportedStatuses, type ShardTenure } from '@multiconnect/message-store';
import { retryUntilDone } from '@multiconnect/retry';

const maxAcksPerCommit = 64;
const backoff = { initialMs: 50, maxMs: 2_000 };

/**
 * Commits what the server has acknowledged. A commit that fails is tried again: nobody would ever acknowledge these
 * messages a second time on this stream.
 */
export function createAcknowledgements(options: {
  tenure: ShardTenure;
  signal: AbortSignal;
  outbox: Outbox;
  reported: () => ReportedStatuses;
  clock: Clock;
  onCommitted: (ids: readonly string[], moved: readonly Moved[]) => void;
  onRetry: (error: unknown) => void;
}) {
  const { tenure, signal, outbox, clock } = options;
  const commit = async (groups: readonly (readonly string[])[]) => {
    const atMs = clock.nowMs();
    const ids = groups.flat();
    const changes = ids.map((id) => ({ id, state: 'sent' as const, atMs }));
    const moved = await retryUntilDone(
      { clock, signal, backoff, isFinal: (error) => error instanceof Fenced, onRetry: options.onRetry },
      () => outbox.acknowledged(tenure, changes, options.reported()),
    );
    options.onCommitted(ids, moved);
    return groups.map(() => undefined);
  };
  return createBatcher<readonly string[], undefined>({ flush: commit, maxItems: maxAcksPerCommit, maxInFlight: 1 });
}
