import type { Cancel } from '@multiconnect/clock';

/**
 * Tells owners that the shard map changed. A hint: it may be lost, merged or late, and the map is read every so often anyway.
 */
export interface ShardMapWake {
  publish(): Promise<void>;
  /** Calls `fn` at each wake-up, and whenever some may have been missed. */
  subscribe(fn: () => void): Promise<Cancel>;
}

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
