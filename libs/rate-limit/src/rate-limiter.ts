import type { Clock } from '@multiconnect/clock';
import type { Limit, TokenSource } from './token-source.ts';

export interface RateLimiter {
  /** 0: pass. Otherwise refused, and the milliseconds after which the next one may pass. Never rejects. */
  take(endpoint: string): number | Promise<number>;
}

export interface RateLimiterOptions {
  readonly tokens: TokenSource;
  readonly clock: Pick<Clock, 'monotonicMs' | 'after'>;
  /** Undefined: no limit. */
  readonly limitOf: (endpoint: string) => Limit | undefined;
  /** Requests that passed without a token because the source was away. */
  readonly onUnchecked: (requests: number, error: unknown) => void;
}

const passes = 0;
/** Tokens taken ahead come to be somebody else's again after this long: they are forgotten here, and the bucket fills. */
const leaseMs = 1_000;
const takesAheadS = 0.2;
/** A refusal is answered from memory no longer than this: the bucket may have been emptied, or the source gone. */
const maxUnaskedMs = 200;
const sourceTimeoutMs = 100;
/** After a failure, how long requests pass without waiting for another. */
const unaskedAfterFailureMs = 1_000;

class SourceTooSlow extends Error {
  override readonly name = 'SourceTooSlow';
}

function createBucket(endpoint: string, limit: Limit, { tokens, clock, onUnchecked }: RateLimiterOptions) {
  const ahead = Math.ceil(limit.perSecond * takesAheadS);
  let leased = 0;
  let leasedAtMs = 0;
  let nextTokenAtMs = 0;
  let refusedUntilMs = 0;
  let uncheckedUntilMs = 0;
  let waiting: ((waitMs: number) => void)[] = [];
  let isAsking = false;

  const inTime = <T>(answer: Promise<T>) =>
    new Promise<T>((resolve, reject) => {
      const cancel = clock.after(sourceTimeoutMs, () => reject(new SourceTooSlow(`no answer in ${sourceTimeoutMs} ms`)));
      answer.then(resolve, reject).finally(cancel);
    });

  async function ask(batch: readonly ((waitMs: number) => void)[]): Promise<void> {
    const { given, nextInMs } = await inTime(tokens(endpoint, limit, batch.length, ahead));
    const nowMs = clock.monotonicMs();
    leased = Math.max(0, given - batch.length);
    leasedAtMs = nowMs;
    const waitMs = Math.max(1, nextInMs);
    if (given < batch.length) {
      nextTokenAtMs = nowMs + waitMs;
      refusedUntilMs = nowMs + Math.min(waitMs, maxUnaskedMs);
    }
    for (const [index, answer] of batch.entries()) answer(index < given ? passes : waitMs);
  }

  function passUnchecked(batch: readonly ((waitMs: number) => void)[], error: unknown): void {
    uncheckedUntilMs = clock.monotonicMs() + unaskedAfterFailureMs;
    onUnchecked(batch.length, error);
    for (const answer of batch) answer(passes);
  }

  async function askForAll(): Promise<void> {
    isAsking = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      await ask(batch).catch((error: unknown) => passUnchecked(batch, error));
    }
    isAsking = false;
  }

  return {
    take(): number | Promise<number> {
      const nowMs = clock.monotonicMs();
      if (leased > 0 && nowMs - leasedAtMs < leaseMs) {
        leased -= 1;
        return passes;
      }
      if (nowMs < refusedUntilMs) return nextTokenAtMs - nowMs;
      if (nowMs < uncheckedUntilMs) {
        onUnchecked(1, undefined);
        return passes;
      }
      return new Promise((resolve) => {
        waiting.push(resolve);
        if (!isAsking) void askForAll();
      });
    },
  };
}

/** Few endpoints: their buckets are never dropped. */
export function createRateLimiter(options: RateLimiterOptions): RateLimiter {
  const buckets = new Map<string, ReturnType<typeof createBucket> | undefined>();
  const bucketOf = (endpoint: string) => {
    const limit = options.limitOf(endpoint);
    const bucket = limit && createBucket(endpoint, limit, options);
    buckets.set(endpoint, bucket);
    return bucket;
  };
  return {
    take(endpoint) {
      const bucket = buckets.has(endpoint) ? buckets.get(endpoint) : bucketOf(endpoint);
      return bucket === undefined ? passes : bucket.take();
    },
  };
}
