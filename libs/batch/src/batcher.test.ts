import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBatcher } from './index.ts';

interface Flight {
  readonly items: readonly number[];
  answer(): void;
  fail(): void;
}

/** A batcher of numbers whose flushes end when the test says so. A result is ten times its item. */
function held(maxItems: number, maxInFlight: number) {
  const open: Flight[] = [];
  const all: (readonly number[])[] = [];
  const batcher = createBatcher<number, number>({
    maxItems,
    maxInFlight,
    flush: (items) =>
      new Promise((resolve, reject) => {
        all.push(items);
        open.push({ items, answer: () => resolve(items.map((item) => item * 10)), fail: () => reject(new Error('lost')) });
      }),
  });
  return { batcher, open, all };
}

/** Lets every microtask that is due run. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('a batcher', () => {
  it('answers each item with its own result, in order, never above its limits, however flushes end', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('add' as const), count: fc.integer({ min: 1, max: 9 }) }),
      fc.record({ do: fc.constantFrom('answer' as const, 'fail' as const), which: fc.nat({ max: 3 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 3 }), fc.array(step, { maxLength: 40 }), async (maxItems, maxInFlight, steps) => {
        const { batcher, open, all } = held(maxItems, maxInFlight);
        const results: Promise<number | 'rejected'>[] = [];
        const failed = new Set<number>();
        const end = (which: number, how: 'answer' | 'fail') => {
          const [flight] = open.splice(which % Math.max(open.length, 1), 1);
          if (how === 'fail') flight?.items.forEach((item) => failed.add(item));
          flight?.[how]();
        };
        for (const one of steps) {
          if (one.do === 'add') for (let i = 0; i < one.count; i++) results.push(batcher.add(results.length).catch(() => 'rejected' as const));
          else end(one.which, one.do);
          await settle();
          expect(open.length).toBeLessThanOrEqual(maxInFlight);
        }
        const drained = batcher.drain();
        while (open.length > 0) {
          end(0, 'answer');
          await settle();
        }
        await drained;
        expect(all.flat()).toEqual(results.map((_, index) => index));
        expect(all.every((items) => items.length <= maxItems)).toBe(true);
        expect(await Promise.all(results)).toEqual(results.map((_, index) => (failed.has(index) ? 'rejected' : index * 10)));
      }),
    );
  });

  it('puts everything that arrives during a flush into the next one', async () => {
    const { batcher, open, all } = held(100, 1);
    const first = batcher.add(1);
    await settle();
    const rest = [2, 3, 4].map((item) => batcher.add(item));
    await settle();
    expect(all).toEqual([[1]]);
    open.shift()?.answer();
    await first;
    await settle();
    expect(all).toEqual([[1], [2, 3, 4]]);
    open.shift()?.answer();
    expect(await Promise.all(rest)).toEqual([20, 30, 40]);
  });

  it('gathers items that are added in one go', async () => {
    const { batcher, all } = held(100, 4);
    void batcher.add(1);
    void batcher.add(2);
    await settle();
    expect(all).toEqual([[1, 2]]);
  });

  it('rejects a flush that loses count of its items, or throws at once', async () => {
    const short = createBatcher<number, number>({ maxItems: 9, maxInFlight: 1, flush: () => Promise.resolve([]) });
    await expect(short.add(1)).rejects.toThrow(/1 items were flushed, 0 results/);
    const throws = createBatcher<number, number>({
      maxItems: 9,
      maxInFlight: 1,
      flush: () => {
        throw new Error('at once');
      },
    });
    await expect(throws.add(1)).rejects.toThrow('at once');
    await expect(throws.drain()).resolves.toBeUndefined();
  });
});
