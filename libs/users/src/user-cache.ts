import type { Clock } from '@multiconnect/clock';
import type { UserRecord, Users } from '@multiconnect/message-store';

const maxEntries = 10_000;

/** Users as they were at most `maxAgeMs` ago; names that nobody has are remembered as well. */
export interface UserCache {
  get(username: string): Promise<UserRecord | undefined>;
  /** Call after every change made by this process: the next `get` reads the store. */
  forget(username: string): void;
}

interface Entry {
  readonly user: Promise<UserRecord | undefined>;
  readonly readAtMs: number;
}

export function createUserCache(store: Pick<Users, 'find'>, clock: Clock, maxAgeMs: number): UserCache {
  const entries = new Map<string, Entry>();

  function read(username: string): Promise<UserRecord | undefined> {
    const entry: Entry = { user: store.find(username), readAtMs: clock.monotonicMs() };
    entries.delete(username);
    entries.set(username, entry);
    if (entries.size > maxEntries) entries.delete(entries.keys().next().value as string);
    entry.user.catch(() => {
      if (entries.get(username) === entry) entries.delete(username);
    });
    return entry.user;
  }

  return {
    get(username) {
      const entry = entries.get(username);
      return entry && clock.monotonicMs() - entry.readAtMs < maxAgeMs ? entry.user : read(username);
    },
    forget: (username) => void entries.delete(username),
  };
}
