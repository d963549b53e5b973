import type { TermStore } from './term-store.ts';

/** Terms in memory, shared by those who contend. */
export type MemoryTermStore = TermStore & {
  /** The latest term, for stores that check it within a write of their own. */
  latest(): number;
};

export function createMemoryTermStore(): MemoryTermStore {
  let latest: { readonly term: number; readonly leader: string | null } = { term: 0, leader: null };
  return {
    next: (leader) => {
      latest = { term: latest.term + 1, leader };
      return Promise.resolve(latest.term);
    },
    read: () => Promise.resolve(latest),
    latest: () => latest.term,
  };
}
