import type { Clock } from '@multiconnect/clock';
import { within } from './deadline.ts';
import type { LeaseStore } from './lease-store.ts';
import { createPulse } from './pulse.ts';
import { createTerm } from './term.ts';
import type { DeposedReason, LedTerm, Term } from './term.ts';
import type { TermStore } from './term-store.ts';

export interface ElectionOptions {
  readonly leaseStore: LeaseStore;
  readonly terms: TermStore;
  readonly clock: Clock;
  /** Unique to this boot: see `ownerId`. */
  readonly holder: string;
  readonly ttlMs?: number;
  readonly renewEveryMs?: number;
  readonly retryEveryMs?: number;
  readonly trustMarginMs?: number;
  /** Called once for each term, in order, after the `onDeposed` of the term before has resolved. When it throws, the term ends. */
  readonly onElected: (term: Term) => void | Promise<void>;
  /** Called once for each `onElected`, after it has resolved. The term's signal was aborted earlier, at the moment itself. */
  readonly onDeposed: (reason: DeposedReason, term: Term) => void | Promise<void>;
  /** What failed on the way; the election goes on. */
  readonly onError: (error: unknown) => void;
}

export interface Election {
  /** The term that is led and trusted now. */
  leading(): Term | undefined;
  /** Steps down, waits for `onDeposed`, and gives the lease back, so that another leads at once. */
  stop(): Promise<void>;
}

/**
 * Contends for the leader's lease until stopped. See README.md for the states, and for what rests on the lease (nothing but
 * speed) and what on the term (correctness).
 */
export function runElection(options: ElectionOptions): Election {
  const { leaseStore, terms, clock, holder, onError } = options;
  const { ttlMs = 1500, renewEveryMs = 400, retryEveryMs = 250, trustMarginMs = 300 } = options;
  const trustMs = ttlMs - trustMarginMs;
  if (trustMs <= renewEveryMs) throw new RangeError('the lease must be trusted for longer than renewEveryMs');

  const pulse = createPulse(clock);
  const told = createSequence();
  let stopping = false;
  let attempts = 0;
  let led: LedTerm | undefined;

  const releaseQuietly = (token: string) => within(clock, retryEveryMs, leaseStore.release(token)).catch(onError);

  /** The lease's trusted end, or null when another holds it. Each attempt has its own name, so a late one mixes with no other. */
  const acquire = async (token: string): Promise<number | null> => {
    const trustedUntilMs = clock.monotonicMs() + trustMs;
    const attempt = leaseStore.acquire(token, ttlMs);
    try {
      return (await within(clock, trustMs, attempt)) ? trustedUntilMs : null;
    } catch (error) {
      onError(error);
      void attempt.then((taken) => (taken ? releaseQuietly(token) : undefined), ignoreReported);
      return null;
    }
  };

  const takeTerm = async (token: string, trustedUntilMs: number): Promise<LedTerm | null> => {
    const leftMs = trustedUntilMs - clock.monotonicMs();
    try {
      const number = await within(clock, leftMs, terms.next(holder));
      return createTerm({ number, clock, trustedUntilMs, onEnd: () => pulse.wake() });
    } catch (error) {
      onError(error);
      await releaseQuietly(token);
      return null;
    }
  };

  /** One renewal. INVARIANT: trust counts from before the call was sent, as the store may have begun to count then. */
  const renew = async (token: string, term: LedTerm): Promise<number> => {
    const startedMs = clock.monotonicMs();
    try {
      const extended = await within(clock, term.trustedUntilMs() - startedMs, leaseStore.extend(token, ttlMs));
      if (!extended) term.end('lease_lost');
      else term.trustUntil(startedMs + trustMs);
      return renewEveryMs;
    } catch (error) {
      onError(error);
      return Math.min(retryEveryMs, renewEveryMs);
    }
  };

  const keep = async (token: string, term: LedTerm): Promise<void> => {
    let pauseMs = renewEveryMs;
    while (!term.ended()) {
      await pulse.wait(Math.min(pauseMs, term.trustedUntilMs() - clock.monotonicMs()));
      if (stopping) term.end('stopped');
      else if (clock.monotonicMs() >= term.trustedUntilMs()) term.end('trust_expired');
      else if (!term.ended()) pauseMs = await renew(token, term);
    }
  };

  const announce = (term: LedTerm) =>
    told.add(async () => {
      try {
        await options.onElected(term.handle);
      } catch (error) {
        onError(error);
        term.end('subscriber_failed');
      }
    });

  const withdraw = (term: LedTerm, reason: DeposedReason) =>
    told.add(async () => {
      try {
        await options.onDeposed(reason, term.handle);
      } catch (error) {
        onError(error);
      }
    });

  const round = async (): Promise<boolean> => {
    attempts += 1;
    const token = `${holder}#${attempts}`;
    const trustedUntilMs = await acquire(token);
    if (trustedUntilMs === null) return false;
    const term = await takeTerm(token, trustedUntilMs);
    if (!term) return false;
    led = term;
    void announce(term);
    await keep(token, term);
    led = undefined;
    const reason = term.ended() ?? 'stopped';
    const withdrawn = withdraw(term, reason);
    if (reason === 'stopped') await withdrawn;
    if (reason !== 'lease_lost') await releaseQuietly(token);
    return reason === 'lease_lost';
  };

  const run = async () => {
    const isStopping = () => stopping;
    while (!isStopping()) {
      const again = await round();
      if (!again && !isStopping()) await pulse.wait(retryEveryMs);
    }
    await told.idle();
  };

  const running = run();
  return {
    leading: () => (led?.handle.isTrusted() ? led.handle : undefined),
    stop: () => {
      stopping = true;
      pulse.wake();
      return running;
    },
  };
}

/** Runs what is added one after the other. */
function createSequence() {
  let last: Promise<void> = Promise.resolve();
  return {
    add: (step: () => Promise<void>): Promise<void> => {
      last = last.then(step);
      return last;
    },
    idle: () => last,
  };
}

/** The caller of `within` was told already. */
function ignoreReported(): undefined {
  return undefined;
}
