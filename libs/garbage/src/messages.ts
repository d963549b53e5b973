import type { Clock } from '@multiconnect/clock';
import { Fenced, type Housekeeping, type ShardTenure } from '@multiconnect/message-store';
import { pauseAfter } from './pause.ts';

/** A shard that this process owns. */
export interface OwnedShard {
  readonly tenure: ShardTenure & { readonly signal: AbortSignal };
  readonly slots: readonly number[];
}

const dayMs = 86_400_000;
/** As long an `Idempotency-Key` is known. */
const finishedForMs = dayMs;
/** As long the network delivers, and an inbound message may be marked read and answered. */
const openForMs = 30 * dayMs;
const rowsAStep = 200;

export interface MessageGarbageOptions {
  readonly housekeeping: Pick<Housekeeping, 'collect'>;
  readonly clock: Clock;
  readonly shards: readonly OwnedShard[];
  readonly signal: AbortSignal;
}

/** Collects the messages of the shards, slot by slot. Answers how many went. */
export async function collectMessages({ housekeeping, clock, shards, signal }: MessageGarbageOptions): Promise<number> {
  const nowMs = clock.nowMs();
  const ages = { finishedBeforeMs: nowMs - finishedForMs, openBeforeMs: nowMs - openForMs };
  let deleted = 0;

  const collectSlot = async (tenure: OwnedShard['tenure'], slot: number) => {
    let after: string | undefined;
    do {
      signal.throwIfAborted();
      if (tenure.signal.aborted) return;
      const startedMs = clock.monotonicMs();
      const step = await housekeeping.collect(tenure, slot, ages, rowsAStep, after);
      deleted += step.deleted;
      after = step.next;
      if (after !== undefined) await pauseAfter(clock, startedMs, signal);
    } while (after !== undefined);
  };

  for (const { tenure, slots } of shards) {
    try {
      for (const slot of slots) await collectSlot(tenure, slot);
    } catch (error) {
      // The shard is another's, who collects it.
      if (!(error instanceof Fenced)) throw error;
    }
  }
  return deleted;
}
