import { createFakeClock } from '@multiconnect/clock';
import { beforeEach, describe, expect, it } from 'vitest';
import { runElection } from './election.ts';
import type { Election } from './election.ts';
import { createMemoryLeaseStore } from './lease-store.ts';
import { createMemoryTermStore } from './memory-term-store.ts';
import type { Term } from './term.ts';
import { faulty } from './testing/faulty.ts';

const timing = { ttlMs: 1500, renewEveryMs: 400, retryEveryMs: 250, trustMarginMs: 300 };

describe('runElection', () => {
  let clock: ReturnType<typeof createFakeClock>;
  let leases: ReturnType<typeof createMemoryLeaseStore>;
  let terms: ReturnType<typeof createMemoryTermStore>;
  beforeEach(() => {
    clock = createFakeClock();
    leases = createMemoryLeaseStore(clock);
    terms = createMemoryTermStore();
  });

  interface Contender {
    readonly election: Election;
    readonly events: string[];
    readonly seen: Term[];
    readonly errors: unknown[];
    readonly lease: ReturnType<typeof faulty<typeof leases>>;
    readonly term: ReturnType<typeof faulty<typeof terms>>;
  }
  const contend = (holder: string, onElected: (term: Term) => void | Promise<void> = () => undefined): Contender => {
    const events: string[] = [];
    const seen: Term[] = [];
    const errors: unknown[] = [];
    const lease = faulty(leases);
    const term = faulty(terms);
    const election = runElection({
      ...timing,
      leaseStore: lease.store,
      terms: term.store,
      clock,
      holder,
      onElected: (elected) => {
        events.push(`elected ${elected.number}`);
        seen.push(elected);
        return onElected(elected);
      },
      onDeposed: (reason, deposed) => {
        events.push(`deposed ${deposed.number} ${reason}`);
      },
      onError: (error) => errors.push(error),
    });
    return { election, events, seen, errors, lease, term };
  };

  it('elects one of two, and keeps it while it renews', async () => {
    const a = contend('a');
    const b = contend('b');
    await clock.advance(60_000);
    expect(a.events).toEqual(['elected 1']);
    expect(b.events).toEqual([]);
    expect(a.election.leading()?.number).toBe(1);
    expect(await terms.read()).toEqual({ term: 1, leader: 'a' });
  });

  it('hands over at once when stopped, after its subscriber was told', async () => {
    const a = contend('a');
    const b = contend('b');
    await clock.advance(1000);
    await a.election.stop();
    expect(a.events).toEqual(['elected 1', 'deposed 1 stopped']);
    expect(a.seen[0]?.signal.aborted).toBe(true);
    expect(await leases.read()).toBeNull();
    await clock.advance(timing.retryEveryMs);
    expect(b.events).toEqual(['elected 2']);
  });

  it('steps down by itself, before the lease can end, when the store is silent', async () => {
    const a = contend('a');
    await clock.advance(1000);
    a.lease.set('silent');
    const b = contend('b');
    await clock.advance(800 + timing.ttlMs - timing.trustMarginMs - 1000 - 1);
    expect(a.seen[0]?.isTrusted()).toBe(true);
    await clock.advance(1);
    expect(a.seen[0]?.isTrusted()).toBe(false);
    expect(a.events).toEqual(['elected 1', 'deposed 1 trust_expired']);
    expect(b.events).toEqual([]);
    await clock.advance(timing.trustMarginMs + timing.retryEveryMs);
    expect(b.events).toEqual(['elected 2']);
  });

  it('survives failures of the store that are shorter than its trust', async () => {
    const a = contend('a');
    await clock.advance(1000);
    a.lease.set('throws');
    await clock.advance(700);
    a.lease.set('none');
    await clock.advance(5000);
    expect(a.events).toEqual(['elected 1']);
    expect(a.errors.length).toBeGreaterThan(0);
  });

  it('begins a new term when the store was emptied', async () => {
    const a = contend('a');
    await clock.advance(1000);
    leases.clear();
    await clock.advance(timing.renewEveryMs);
    expect(a.events).toEqual(['elected 1', 'deposed 1 lease_lost', 'elected 2']);
    expect(a.seen[0]?.signal.aborted).toBe(true);
    expect(a.seen[1]?.isTrusted()).toBe(true);
  });

  it('leads only with a term, and leaves the lease to others when it can have none', async () => {
    const a = contend('a');
    a.term.set('throws');
    await clock.advance(0);
    const b = contend('b');
    await clock.advance(2000);
    expect(a.events).toEqual([]);
    expect(b.events).toEqual(['elected 1']);
  });

  it('does not lead with a term that came after its trust ended', async () => {
    const a = contend('a');
    a.term.set('silent');
    a.lease.set('silent');
    await clock.advance(timing.ttlMs * 2);
    a.lease.set('none');
    await clock.advance(timing.ttlMs * 2);
    expect(a.events).toEqual([]);
    a.term.set('none');
    await clock.advance(timing.ttlMs * 2);
    expect(a.events).toEqual(['elected 1']);
  });

  it('gives up the term that its leader resigns, and takes a newer one', async () => {
    const a = contend('a');
    await clock.advance(100);
    a.seen[0]?.resign();
    await clock.advance(timing.retryEveryMs);
    expect(a.events).toEqual(['elected 1', 'deposed 1 resigned', 'elected 2']);
  });

  it('tells every change in order and skips none, however slow its subscriber is', async () => {
    const slow = async () => clock.sleep(3000);
    const a = contend('a', slow);
    for (let change = 0; change < 4; change += 1) {
      await clock.advance(500);
      leases.clear();
    }
    await clock.advance(60_000);
    const reasons = [1, 2, 3, 4].flatMap((term) => [`elected ${term}`, `deposed ${term} lease_lost`]);
    expect(a.events).toEqual([...reasons, 'elected 5']);
  });

  it('ends a term whose subscriber failed', async () => {
    let failures = 1;
    const a = contend('a', () => {
      failures -= 1;
      if (failures >= 0) throw new Error('cannot lead');
    });
    await clock.advance(1000);
    expect(a.events).toEqual(['elected 1', 'deposed 1 subscriber_failed', 'elected 2']);
    expect(a.errors).toEqual([new Error('cannot lead')]);
  });

  it('gives back a lease that an abandoned attempt took late', async () => {
    const held: (() => void)[] = [];
    const late = { ...leases, acquire: async (holder: string, ttlMs: number) => {
      await new Promise<void>((resolve) => held.push(resolve));
      return leases.acquire(holder, ttlMs);
    } };
    const election = runElection({ ...timing, leaseStore: late, terms, clock, holder: 'a',
      onElected: () => expect.unreachable(), onDeposed: () => undefined, onError: () => undefined });
    await clock.advance(timing.ttlMs);
    held[0]?.();
    await clock.settle();
    expect(await leases.read()).toBeNull();
    void election.stop();
  });
});
