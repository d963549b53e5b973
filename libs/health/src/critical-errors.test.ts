import { createFakeClock } from '@multiconnect/clock';
import type { CriticalErrorEvent } from '@multiconnect/contract';
import { describe, expect, it } from 'vitest';
import { createCriticalErrors, databaseCheck, freeSpaceCheck, watch } from './index.ts';

const hourMs = 3_600_000;
const full = { code: 1000, title: 'Generic error', details: 'Critical: less than 10 MB of storage left on the volume of the data directory (/data)' };

function fixture() {
  const clock = createFakeClock();
  const raised = new Map<string, CriticalErrorEvent>();
  const state = { isAway: false };
  const errors: unknown[] = [];
  const criticalErrors = createCriticalErrors({
    clock,
    node: 'wacore1:h',
    raise(eventId, event) {
      if (state.isAway) return Promise.reject(new Error('the database is away'));
      raised.set(eventId, event);
      return Promise.resolve();
    },
    onBegan: () => undefined,
    onError: (error) => errors.push(error),
  });
  return { clock, raised, state, errors, criticalErrors };
}

describe('a critical error', () => {
  it('is told once when it begins, and every hour while it lasts, each time as an event of its own [callback.error.repeats]', async () => {
    const { clock, raised, criticalErrors } = fixture();
    criticalErrors.begin('disk-data', full);
    criticalErrors.begin('disk-data', full);
    await clock.settle();
    expect([...raised.values()]).toEqual([{ kind: 'error', errors: [full] }]);
    expect(criticalErrors.problems()).toEqual([full.details]);
    await clock.advance(2 * hourMs + 60_000);
    expect(raised.size).toBe(3);
    criticalErrors.end('disk-data');
    await clock.advance(3 * hourMs);
    expect([raised.size, criticalErrors.problems()]).toEqual([3, []]);
    criticalErrors.begin('disk-data', full);
    await clock.settle();
    expect(raised.size).toBe(4);
  });

  it('that could not be told is told when the database is back, also when it is over by then [callback.error.database] [error.1023]', async () => {
    const { clock, raised, state, criticalErrors } = fixture();
    state.isAway = true;
    const stop = watch(clock, [databaseCheck(() => (state.isAway ? Promise.reject(new Error('ECONNREFUSED')) : Promise.resolve()))], criticalErrors);
    await clock.advance(60_000);
    expect(criticalErrors.problems()).toEqual(['Critical: the database does not answer']);
    state.isAway = false;
    await clock.advance(31_000);
    expect(criticalErrors.problems()).toEqual([]);
    expect([...raised.values()].map(({ errors }) => errors[0]?.code)).toEqual([1023]);
    stop();
    criticalErrors.stop();
    expect(clock.pending()).toBe(0);
  });
});

describe('a volume', () => {
  it('is looked at every 30 s, and is a critical error below 10 MB or when it does not answer [callback.error.disk_space] [faq.disk_space]', async () => {
    const { clock, criticalErrors } = fixture();
    let free: number | Error = 10_000_000;
    const freeBytes = () => (free instanceof Error ? Promise.reject(free) : Promise.resolve(free));
    watch(clock, [freeSpaceCheck({ name: 'data', path: '/data' }, 10, freeBytes)], criticalErrors);
    await clock.settle();
    expect(criticalErrors.problems()).toEqual([]);
    free = 9_999_999;
    await clock.advance(30_000);
    expect(criticalErrors.problems()).toEqual([full.details]);
    free = new Error('EIO');
    await clock.advance(30_000);
    expect(criticalErrors.problems()).toEqual(['Critical: no answer from the volume of the data directory (/data)']);
    free = 2 ** 40;
    await clock.advance(30_000);
    expect(criticalErrors.problems()).toEqual([]);
  });
});
