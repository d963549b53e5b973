import type { Clock } from '@multiconnect/clock';
import type { MediaFiles } from '@multiconnect/media';
import type { Housekeeping, ShardTenure } from '@multiconnect/message-store';
import { pauseAfter } from './pause.ts';

const dayMs = 86_400_000;
const unusedForMs = 30 * dayMs;
/** The longest upload over the slowest line is over by then. */
const abandonedForMs = dayMs;
/** Their removal happens within a transaction: few, so that it is short. */
const filesAStep = 20;

export interface MediaGarbageOptions {
  readonly housekeeping: Pick<Housekeeping, 'discardMedia'>;
  readonly files: Pick<MediaFiles, 'remove' | 'removeAbandoned'>;
  readonly clock: Clock;
  /** Of the control shard. */
  readonly tenure: ShardTenure;
  readonly signal: AbortSignal;
}

/** Removes files that nothing has used for 30 days, and what was left unpublished. Answers how many files of the catalogue went. */
export async function collectMedia({ housekeeping, files, clock, tenure, signal }: MediaGarbageOptions): Promise<number> {
  const usedBeforeMs = clock.nowMs() - unusedForMs;
  const remove = async (unused: readonly { readonly direction: 'incoming' | 'outgoing'; readonly id: string }[]) => {
    await Promise.all(unused.map(({ direction, id }) => files.remove(direction, id)));
  };
  let deleted = 0;
  for (;;) {
    signal.throwIfAborted();
    const startedMs = clock.monotonicMs();
    const count = await housekeeping.discardMedia(tenure, usedBeforeMs, filesAStep, remove);
    deleted += count;
    if (count < filesAStep) break;
    await pauseAfter(clock, startedMs, signal);
  }
  await files.removeAbandoned(abandonedForMs);
  return deleted;
}
