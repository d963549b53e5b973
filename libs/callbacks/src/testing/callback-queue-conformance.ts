import type { CriticalErrorEvent } from '@multiconnect/contract';
import type { CallbackQueue, ShardTenure } from '@multiconnect/message-store';
import { describe, expect, it } from 'vitest';

export interface CallbackQueueFixture {
  readonly queue: CallbackQueue;
  /** A callback of slot 0 is committed. */
  readonly commit: (seq: number, customer: string, createdAtMs: number) => Promise<void>;
  /** The epoch of account 1, shard 0, that {@link tenure} holds, moves on. */
  readonly takeOver: () => Promise<void>;
}

const tenure: ShardTenure = { account: 1, shard: 0, epoch: 1 };
const slots = [0, 2];
const accountSlots = [-1];
const createdAtMs = 1_600_000_000_000;
const event: CriticalErrorEvent = { kind: 'error', errors: [{ code: 1000, title: 'Generic error' }] };

/** What every callback queue promises. Each set-up gives an empty one under epoch 1. */
export function callbackQueueConformance(name: string, setUp: () => Promise<CallbackQueueFixture>): void {
  const filled = async (...seqs: readonly number[]) => {
    const fixture = await setUp();
    for (const seq of seqs) await fixture.commit(seq, 'ann', createdAtMs + seq);
    return fixture;
  };
  const dueIn = async (queue: CallbackQueue, afterSeq = 0, limit = 100) => (await queue.due(tenure, slots, afterSeq, limit)).map(({ seq }) => seq);

  describe(`a callback queue: ${name}`, () => {
    it('gives what is due in order of its sequence, however it was committed', async () => {
      const { queue } = await filled(3, 1, 2);
      expect(await dueIn(queue)).toEqual([1, 2, 3]);
      expect(await dueIn(queue, 1)).toEqual([2, 3]);
      expect(await dueIn(queue, 0, 2)).toEqual([1, 2]);
    });

    it('gives what was committed, as it was', async () => {
      const { queue } = await filled(1);
      expect(await queue.due(tenure, slots, 0, 1)).toMatchObject([{ seq: 1, slot: 0, customer: 'ann', attempts: 0, createdAtMs: createdAtMs + 1 }]);
      expect((await queue.due(tenure, slots, 0, 1))[0]?.nextAttemptAtMs).toBeUndefined();
    });

    it('gives nothing of other slots', async () => {
      const { queue } = await filled(1);
      expect(await queue.due(tenure, [1, 3], 0, 100)).toEqual([]);
    });

    it('lets go of what was delivered, and takes it calmly when it is told again', async () => {
      const { queue } = await filled(1, 2);
      await queue.delivered(tenure, [1]);
      await queue.delivered(tenure, [1]);
      expect(await dueIn(queue)).toEqual([2]);
    });

    it('keeps what was postponed with its attempts and its time', async () => {
      const { queue } = await filled(1);
      await queue.postponed(tenure, 1, 3, createdAtMs + 5_000);
      expect(await queue.due(tenure, slots, 0, 1)).toMatchObject([{ seq: 1, attempts: 3, nextAttemptAtMs: createdAtMs + 5_000 }]);
    });

    it('gives no dead letter', async () => {
      const { queue } = await filled(1, 2);
      await queue.buried(tenure, 1, 'a reason');
      expect(await dueIn(queue)).toEqual([2]);
    });

    it('takes an event about the account once, while one with its id waits', async () => {
      const { queue } = await filled();
      await queue.raise(tenure.account, 'a', event);
      await queue.raise(tenure.account, 'a', event);
      await queue.raise(tenure.account, 'b', event);
      expect(await queue.due(tenure, accountSlots, 0, 100)).toMatchObject([{ eventId: 'a', slot: -1, event }, { eventId: 'b', slot: -1 }]);
    });

    it.each<[string, (queue: CallbackQueue) => Promise<void>]>([
      ['delivered', (queue) => queue.delivered(tenure, [1])],
      ['postponed', (queue) => queue.postponed(tenure, 1, 1, createdAtMs)],
      ['buried', (queue) => queue.buried(tenure, 1, 'a reason')],
    ])('says so to who is fenced, and changes nothing: %s', async (_what, write) => {
      const { queue, takeOver } = await filled(1);
      await takeOver();
      await expect(write(queue)).rejects.toMatchObject({ name: 'Fenced' });
      expect(await queue.due(tenure, slots, 0, 1)).toMatchObject([{ seq: 1, attempts: 0 }]);
    });
  });
}
