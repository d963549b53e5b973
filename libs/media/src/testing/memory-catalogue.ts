import type { MediaCatalogue, MediaRecord } from '@multiconnect/message-store';

/** A catalogue for one test. */
export function createMemoryCatalogue(nowMs: () => number = () => 0): MediaCatalogue {
  const rows = new Map<string, MediaRecord>();
  const keyOf = (account: number, id: string) => `${account}/${id}`;
  const change = (key: string, more: Partial<MediaRecord>) => {
    const row = rows.get(key);
    if (row) rows.set(key, { ...row, ...more });
    return Promise.resolve(row !== undefined);
  };
  return {
    add(account, media) {
      const key = keyOf(account, media.id);
      if (rows.has(key)) return Promise.resolve(false);
      rows.set(key, { ...media, createdAtMs: nowMs(), usedAtMs: nowMs() });
      return Promise.resolve(true);
    },
    find: (account, id) => Promise.resolve(rows.get(keyOf(account, id))),
    remove: (account, id) => Promise.resolve(rows.delete(keyOf(account, id))),
    async used(account, id) {
      await change(keyOf(account, id), { usedAtMs: nowMs() });
    },
    uploaded: (account, id, chatCopy) => change(keyOf(account, id), { chatCopy }),
  };
}
