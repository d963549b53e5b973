import { describe, expect, it } from 'vitest';
import { createFakeClock } from './fake-clock.ts';

describe('createFakeClock', () => {
  it('stands still until it is advanced', async () => {
    const clock = createFakeClock({ startMs: 1000 });
    const fired: number[] = [];
    clock.after(10, () => fired.push(clock.monotonicMs()));
    await clock.settle();
    expect(fired).toEqual([]);
    expect(clock.nowMs()).toBe(1000);
    await clock.advance(9);
    expect(fired).toEqual([]);
    await clock.advance(1);
    expect(fired).toEqual([10]);
    expect(clock.nowMs()).toBe(1010);
  });

  it('runs due timers in order of time, those set meanwhile included', async () => {
    const clock = createFakeClock();
    const fired: string[] = [];
    clock.after(30, () => fired.push('c'));
    clock.after(10, () => {
      fired.push('a');
      clock.after(10, () => fired.push('b'));
    });
    await clock.advance(30);
    expect(fired).toEqual(['a', 'b', 'c']);
  });

  it('lets promises settle between two timers', async () => {
    const clock = createFakeClock();
    const fired: string[] = [];
    clock.after(1, () => void Promise.resolve().then(() => fired.push('promise')));
    clock.after(1, () => fired.push('timer'));
    await clock.advance(1);
    expect(fired).toEqual(['promise', 'timer']);
  });

  it('repeats until cancelled, and a cancelled timer never fires', async () => {
    const clock = createFakeClock();
    let ticks = 0;
    const cancel = clock.every(5, () => (ticks += 1));
    clock.after(7, () => (ticks += 100))();
    await clock.advance(16);
    expect(ticks).toBe(3);
    cancel();
    await clock.advance(100);
    expect(ticks).toBe(3);
    expect(clock.pending()).toBe(0);
  });

  it('wakes a sleeper at its time, or at once with the reason when aborted', async () => {
    const clock = createFakeClock();
    const woken = clock.sleep(5);
    await clock.advance(5);
    await woken;

    const aborter = new AbortController();
    const reason = new Error('enough');
    const slept = expect(clock.sleep(5, aborter.signal)).rejects.toBe(reason);
    aborter.abort(reason);
    await slept;
    await expect(clock.sleep(5, aborter.signal)).rejects.toBe(reason);
    expect(clock.pending()).toBe(0);
  });

  it('gives one order for one seed, and other orders for other seeds', async () => {
    const orderOf = async (seed: number) => {
      const clock = createFakeClock({ seed });
      const fired: number[] = [];
      for (let timer = 0; timer < 6; timer += 1) clock.after(1, () => fired.push(timer));
      await clock.advance(1);
      return fired.join();
    };
    expect(await orderOf(7)).toBe(await orderOf(7));
    const orders = await Promise.all([1, 2, 3, 4, 5].map(orderOf));
    expect(new Set(orders).size).toBeGreaterThan(1);
  });

  it('moves wall time without moving monotonic time', () => {
    const clock = createFakeClock({ startMs: 1000 });
    clock.jumpWall(-500);
    expect(clock.nowMs()).toBe(500);
    expect(clock.monotonicMs()).toBe(0);
  });
});
