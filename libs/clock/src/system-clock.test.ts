import { describe, expect, it } from 'vitest';
import { systemClock } from './system-clock.ts';

describe('systemClock', () => {
  it('fires after, every and sleep, and fires nothing that was cancelled', async () => {
    const fired: string[] = [];
    systemClock.after(0, () => fired.push('cancelled'))();
    const ticked = new Promise<void>((resolve) => {
      const cancel = systemClock.every(1, () => {
        cancel();
        resolve();
      });
    });
    await Promise.all([ticked, new Promise<void>((resolve) => systemClock.after(1, resolve)), systemClock.sleep(1)]);
    expect(fired).toEqual([]);
  });

  it('rejects a sleep whose signal is aborted', async () => {
    const slept = systemClock.sleep(60_000, AbortSignal.abort(new Error('enough')));
    await expect(slept).rejects.toThrow('enough');
  });

  it('has a monotonic time that does not go back', () => {
    const first = systemClock.monotonicMs();
    expect(systemClock.monotonicMs()).toBeGreaterThanOrEqual(first);
  });
});
