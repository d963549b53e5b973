import { createFakeClock } from '@multiconnect/clock';
import { describe, expect, it } from 'vitest';
import { StoreRefused, StoreUnusable } from './ports/message-store.ts';
import { untilUsable } from './until-usable.ts';

/** A store whose checks fail with these errors, one after the other, and then succeed. */
function fixture(errors: readonly Error[], limitMs: number) {
  const clock = createFakeClock();
  const left = [...errors];
  const reasons: string[] = [];
  const check = () => {
    const error = left.shift();
    return error === undefined ? Promise.resolve() : Promise.reject(error);
  };
  const done = untilUsable({ check }, { clock, limitMs, onWaiting: (reason) => reasons.push(reason) });
  return { clock, done, reasons, left };
}

describe('waiting for the store', () => {
  it('ends when the schema has come, and tells each reason once', async () => {
    const reasons = ['no schema yet', 'no schema yet', 'no schema yet', 'the schema lacks X'];
    const waiting = fixture(reasons.map((reason) => new StoreUnusable(reason)), 30_000);
    await waiting.clock.advance(5_000);
    await waiting.done;
    expect(waiting.reasons).toEqual(['no schema yet', 'the schema lacks X']);
  });

  it('ends with the last reason after the limit', async () => {
    const waiting = fixture(Array.from({ length: 100 }, () => new StoreUnusable('no schema yet')), 3_000);
    const refused = waiting.done.catch((error: unknown) => error);
    await waiting.clock.advance(4_000);
    expect(await refused).toEqual(new StoreUnusable('no schema yet'));
  });

  it('ends at once when the store will never do', async () => {
    const waiting = fixture([new StoreRefused('PostgreSQL 10.23 is too old'), new StoreUnusable('unreachable')], 30_000);
    await expect(waiting.done).rejects.toThrow('PostgreSQL 10.23 is too old');
    expect(waiting.left).toHaveLength(1);
  });
});
