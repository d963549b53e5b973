import { beforeEach, describe, expect, it } from 'vitest';
import type { LeaseStore } from '../lease-store.ts';

/** What every lease store must do. `pass` lets time go by, in the store's own sense of it. */
export function leaseStoreConformance(name: string, make: () => { readonly store: LeaseStore; pass(ms: number): Promise<void> }): void {
  describe(`lease store: ${name}`, () => {
    let store: LeaseStore;
    let pass: (ms: number) => Promise<void>;
    beforeEach(() => {
      const made = make();
      store = made.store;
      pass = (ms) => made.pass(ms);
    });

    it('gives a free lease to one of those who ask', async () => {
      expect(await store.read()).toBeNull();
      const taken = await Promise.all(['a', 'b', 'c'].map((holder) => store.acquire(holder, 60_000)));
      expect(taken.filter(Boolean)).toHaveLength(1);
      expect(await store.read()).toBe(['a', 'b', 'c'][taken.indexOf(true)]);
    });

    it('refuses a held lease, even to its holder', async () => {
      await store.acquire('a', 60_000);
      expect(await store.acquire('a', 60_000)).toBe(false);
      expect(await store.acquire('b', 60_000)).toBe(false);
      expect(await store.read()).toBe('a');
    });

    it('extends the lease for its holder only', async () => {
      expect(await store.extend('a', 60_000)).toBe(false);
      await store.acquire('a', 60_000);
      expect(await store.extend('b', 60_000)).toBe(false);
      expect(await store.extend('a', 60_000)).toBe(true);
    });

    it('releases the lease for its holder only', async () => {
      await store.acquire('a', 60_000);
      await store.release('b');
      expect(await store.read()).toBe('a');
      await store.release('a');
      expect(await store.read()).toBeNull();
      expect(await store.acquire('b', 60_000)).toBe(true);
      await store.release('a');
      expect(await store.read()).toBe('b');
    });

    it('ends a lease that is not extended, and keeps one that is', async () => {
      await store.acquire('a', 20);
      await pass(40);
      expect(await store.read()).toBeNull();
      expect(await store.extend('a', 20)).toBe(false);

      expect(await store.acquire('b', 20)).toBe(true);
      expect(await store.extend('b', 60_000)).toBe(true);
      await pass(40);
      expect(await store.acquire('a', 20)).toBe(false);
    });
  });
}
