import type { Clock } from '@multiconnect/clock';

/**
 * Why a term ended. `lease_lost`: the store says that it is another's, or nobody's. `trust_expired`: no renewal succeeded in time.
 * `resigned`: the leader's own work gave it up. `subscriber_failed`: `onElected` threw. `stopped`: the election was stopped.
 */
export type DeposedReason = 'lease_lost' | 'trust_expired' | 'resigned' | 'subscriber_failed' | 'stopped';

/** One leadership, as its subscriber sees it. */
export interface Term {
  /** Above the number of every term before, anywhere in the cluster. */
  readonly number: number;
  /** Aborted at the moment the term ends, with a `TermEnded`. */
  readonly signal: AbortSignal;
  /** Whether the lease can still be trusted, by this process's clock. Correctness never rests on it: the term's number is checked where it writes. */
  isTrusted(): boolean;
  /** Gives the lease up; the election then contends again, for a newer term. */
  resign(): void;
}

/** The reason that a term's signal carries: stop what you did as the leader. */
export class TermEnded extends Error {
  override readonly name = 'TermEnded';
  readonly reason: DeposedReason;
  constructor(term: number, reason: DeposedReason) {
    super(`term ${term} ended: ${reason}`);
    this.reason = reason;
  }
}

/** A term, as the election keeps it. */
export interface LedTerm {
  readonly handle: Term;
  trustedUntilMs(): number;
  trustUntil(monotonicMs: number): void;
  end(reason: DeposedReason): void;
  /** The reason, once it has ended. */
  ended(): DeposedReason | undefined;
}

export function createTerm(options: {
  readonly number: number;
  readonly clock: Clock;
  readonly trustedUntilMs: number;
  readonly onEnd: () => void;
}): LedTerm {
  const { number, clock, onEnd } = options;
  const aborter = new AbortController();
  let trustedUntilMs = options.trustedUntilMs;
  let endedBy: DeposedReason | undefined;

  const end = (reason: DeposedReason) => {
    if (endedBy) return;
    endedBy = reason;
    aborter.abort(new TermEnded(number, reason));
    onEnd();
  };
  return {
    handle: {
      number,
      signal: aborter.signal,
      isTrusted: () => !endedBy && clock.monotonicMs() < trustedUntilMs,
      resign: () => end('resigned'),
    },
    trustedUntilMs: () => trustedUntilMs,
    trustUntil: (monotonicMs) => {
      trustedUntilMs = monotonicMs;
    },
    end,
    ended: () => endedBy,
  };
}
