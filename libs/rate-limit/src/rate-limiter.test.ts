import { createFakeClock } from '@multiconnect/clock';
import { describe, expect, it } from 'vitest';
import { createRateLimiter } from './rate-limiter.ts';
import type { Grant, TokenSource } from './token-source.ts';

const limit = { perSecond: 50, burst: 150 };

function limiterOver(tokens: TokenSource) {
  const clock = createFakeClock();
  const unchecked: number[] = [];
  const limiter = createRateLimiter({ tokens, clock, limitOf: (name) => (name === 'free' ? undefined : limit), onUnchecked: (n) => unchecked.push(n) });
  return { clock, limiter, unchecked };
}

describe('createRateLimiter', () => {
  it('asks once for requests that arrive together, and then lives on what it took ahead', async () => {
    const asked: [number, number][] = [];
    const { limiter } = limiterOver((_endpoint, _limit, needed, ahead) => {
      asked.push([needed, ahead]);
      return Promise.resolve({ given: needed + ahead, nextInMs: 0 });
    });
    const first = limiter.take('messages');
    const together = [limiter.take('messages'), limiter.take('messages')];
    expect(await Promise.all([first, ...together])).toEqual([0, 0, 0]);
    expect(asked).toEqual([[1, 10], [2, 10]]);
    for (let turn = 0; turn < 10; turn += 1) expect(limiter.take('messages')).toBe(0);
    expect(asked).toHaveLength(2);
    expect(limiter.take('free')).toBe(0);
  });

  it('forgets tokens taken ahead after a second', async () => {
    let asked = 0;
    const { clock, limiter } = limiterOver((_endpoint, _limit, needed, ahead) => {
      asked += 1;
      return Promise.resolve({ given: needed + ahead, nextInMs: 0 });
    });
    await limiter.take('messages');
    await clock.advance(1000);
    await limiter.take('messages');
    expect(asked).toBe(2);
  });

  it('remembers a refusal until the next token is due', async () => {
    const grants: Grant[] = [{ given: 1, nextInMs: 20 }, { given: 1, nextInMs: 20 }];
    const { clock, limiter } = limiterOver(() => Promise.resolve(grants.shift() as Grant));
    const [, passed, refused] = await Promise.all([limiter.take('messages'), limiter.take('messages'), limiter.take('messages')]);
    expect([passed, refused]).toEqual([0, 20]);
    await clock.advance(5);
    expect(limiter.take('messages')).toBe(15);
    expect(grants).toHaveLength(0);
  });

  it('lets everything pass, counted, while the source is away, and asks again after a second', async () => {
    let asked = 0;
    const { clock, limiter, unchecked } = limiterOver(() => {
      asked += 1;
      return Promise.reject(new Error('away'));
    });
    expect(await limiter.take('messages')).toBe(0);
    expect(limiter.take('messages')).toBe(0);
    expect([asked, unchecked]).toEqual([1, [1, 1]]);
    await clock.advance(1000);
    expect(await limiter.take('messages')).toBe(0);
    expect(asked).toBe(2);
  });

  it('waits 100 ms at most for a source that has frozen', async () => {
    const { clock, limiter, unchecked } = limiterOver(() => new Promise(() => undefined));
    const taken = limiter.take('messages');
    await clock.advance(100);
    expect(await taken).toBe(0);
    expect(unchecked).toEqual([1]);
  });
});
