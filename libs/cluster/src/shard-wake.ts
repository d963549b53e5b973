import type { Cancel } from '@multiconnect/clock';

/** Tells others that there is something to look at. A hint: it may be lost, merged or late, and they look every so often anyway. */
export interface Wake {
  publish(): Promise<void>;
  /** Calls `fn` at each wake-up, and whenever some may have been missed. */
  subscribe(fn: () => void): Promise<Cancel>;
}

/** Tells owners that the shard map changed. */
export type ShardMapWake = Wake;

/** Tells the leader that a node has something to say that should not wait for the next look, such as that it drains. */
export type NodesWake = Wake;

/** Wake-ups within one process. */
export function createMemoryShardMapWake(): ShardMapWake {
  const subscribers = new Set<() => void>();
  return {
    publish: () => {
      for (const fn of subscribers) fn();
      return Promise.resolve();
    },
    subscribe: (fn) => {
      const subscriber = () => fn();
      subscribers.add(subscriber);
      return Promise.resolve(() => subscribers.delete(subscriber));
    },
  };
}
