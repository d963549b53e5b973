import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serial } from './serial.ts';
import { Turns } from './turns.ts';

const never = 1e9;

/** A sender whose messages carry their place, and a receiver that knows which it has taken. */
function receiver(gapWaitMs: number) {
  const taken: number[] = [];
  const exclusive = serial();
  let gaps = 0;
  const turns = new Turns(gapWaitMs, () => gaps++);
  const missingBefore = (place: number) => Array.from({ length: place }, (_, index) => index).filter((earlier) => !taken.includes(earlier)).length;
  const take = (place: number) => (mayMiss: number) =>
    exclusive(() => {
      const missing = missingBefore(place);
      const isTurn = missing <= mayMiss;
      if (isTurn) taken.push(place);
      return Promise.resolve(isTurn ? { missing } : { gap: missing });
    });
  return { taken, turns, gaps: () => gaps, receive: (place: number) => turns.inTurn('sender', take(place)) };
}

describe('messages of one sender', () => {
  it('are taken in the order of their writing, whatever order they come in', async () => {
    const orders = fc.shuffledSubarray(Array.from({ length: 8 }, (_, index) => index), { minLength: 8 });
    await fc.assert(
      fc.asyncProperty(orders, async (order) => {
        const { taken, receive, turns } = receiver(never);
        await Promise.all(order.map(receive));
        turns.close();
        expect(taken).toEqual(order.toSorted((a, b) => a - b));
      }),
    );
  });

  it('wait for what is missing, and make the phone ask for it', async () => {
    const { taken, receive, gaps } = receiver(never);
    const later = [receive(2), receive(1)];
    await Promise.all([...later, receive(0)]);
    expect(taken).toEqual([0, 1, 2]);
    expect(gaps()).toBeGreaterThan(0);
  });

  it('do not wait for ever, and wait once: what is given up holds up no later one', async () => {
    const { taken, receive, gaps } = receiver(1);
    await Promise.all([receive(3), receive(2)]);
    const asked = gaps();
    await receive(4);
    expect([taken, gaps()]).toEqual([[2, 3, 4], asked]);
  });

  it('that wait are not forgotten while others are taken that nothing is missing before', async () => {
    const { taken, receive, turns } = receiver(5);
    const exclusive = serial();
    const over = { isOver: false };
    const waiting = receive(2).finally(() => (over.isOver = true));
    // Of another session of the same sender: always in its turn.
    while (!over.isOver) await turns.inTurn('sender', () => exclusive(() => new Promise<{ missing: number }>((resolve) => setImmediate(() => resolve({ missing: 0 })))));
    await waiting;
    expect(taken).toEqual([2]);
  });

  it('are taken when the phone closes, as many as there are', async () => {
    const { taken, receive, turns } = receiver(never);
    const waiting = [receive(3), receive(1)];
    const closing = setInterval(() => turns.close(), 1);
    await Promise.all(waiting);
    clearInterval(closing);
    expect(taken).toEqual([1, 3]);
  });
});

it('a failure of one sender’s message is its own, and the next has its turn', async () => {
  const { taken, receive, turns } = receiver(never);
  const failed = turns.inTurn('sender', () => Promise.reject(new Error('corrupt')));
  const next = receive(0);
  await expect(failed).rejects.toThrow('corrupt');
  await next;
  expect(taken).toEqual([0]);
});
