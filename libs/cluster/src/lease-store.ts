import type { Clock } from '@multiconnect/clock';

/**
 * One lease, held by at most one holder at a time. Every method may throw, or never answer.
 * Not in the contract: that a lease lasts its time to live. The store may be emptied, and then whoever comes first has it.
 */
export interface LeaseStore {
  /** True when `holder` has the lease now, for `ttlMs` from the store's receipt. False when anybody holds it, `holder` included. */
  acquire(holder: string, ttlMs: number): Promise<boolean>;
  /** True when `holder` still had the lease and now has it for `ttlMs` more. */
  extend(holder: string, ttlMs: number): Promise<boolean>;
  /** Gives it back if `holder` has it; otherwise does nothing. */
  release(holder: string): Promise<void>;
  /** The holder, or null. */
  read(): Promise<string | null>;
}

/** A lease store in memory; all who contend for one lease share one. */
export function createMemoryLeaseStore(clock: Clock): LeaseStore & { clear(): void } {
  let lease: { readonly holder: string; readonly expiresMs: number } | null = null;
  const holderNow = () => (lease && clock.monotonicMs() < lease.expiresMs ? lease.holder : null);
  const hold = (holder: string, ttlMs: number) => {
    lease = { holder, expiresMs: clock.monotonicMs() + ttlMs };
    return true;
  };
  return {
    acquire: (holder, ttlMs) => Promise.resolve(holderNow() === null && hold(holder, ttlMs)),
    extend: (holder, ttlMs) => Promise.resolve(holderNow() === holder && hold(holder, ttlMs)),
    release: (holder) => {
      if (holderNow() === holder) lease = null;
      return Promise.resolve();
    },
    read: () => Promise.resolve(holderNow()),
    clear: () => {
      lease = null;
    },
  };
}
