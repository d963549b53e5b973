import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

const never = 1e9;

/** A sender whose messages carry their place, and a receiver that knows which it has taken. */
function receiver(gapWaitMs: number) {
  const taken: number[] = [];
  let gaps = 0;
  const turns = new Turns(gapWaitMs, () => gaps++);
  const missingBefore = (place: number) => Array.from({ length: place }, (_, index) => index).filter((earlier) => !taken.includes(earlier)).length;
  return {
    taken,
    turns,
    gaps: () => gaps,
    receive: (place: number) => turns.inTurn('sender', () => missingBefore(place), () => Promise.resolve(taken.push(place))),
  };
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
    expect([taken, gaps()]).toEqual([[], 1]);
    await Promise.all([...later, receive(0)]);
    expect(taken).toEqual([0, 1, 2]);
  });

  it('do not wait for ever, and wait once: what is given up holds up no later one', async () => {
    const { taken, receive, gaps } = receiver(1);
    await Promise.all([receive(3), receive(2)]);
    await receive(4);
    expect([taken, gaps()]).toEqual([[2, 3, 4], 1]);
  });

  it('are taken when the phone closes, as many as there are', async () => {
    const { taken, receive, turns } = receiver(never);
    const waiting = [receive(3), receive(1)];
    turns.close();
    await waiting[1];
    turns.close();
    await waiting[0];
    expect(taken).toEqual([1, 3]);
  });
});

it('a failure of one sender’s message is its own, and the next has its turn', async () => {
  const { taken, receive, turns } = receiver(never);
  const failed = turns.inTurn('sender', () => 0, () => Promise.reject(new Error('corrupt')));
  const next = receive(0);
  await expect(failed).rejects.toThrow('corrupt');
  await next;
  expect(taken).toEqual([0]);
});
