import type { Clock } from '@multiconnect/clock';

/** Values as they were at most `maxAgeMs` ago; calls that arrive together share one read. */
export interface CachedReader<Key, Value> {
  read(key: Key): Promise<Value>;
  /** The next `read` asks the source: call after a change that this process has made or asked for. */
  forget(key: Key): void;
}

interface Entry<Value> {
  readonly value: Promise<Value>;
  readonly readAtMs: number;
}

/** For few keys: none is ever dropped. A failure is not remembered. */
export function createCachedReader<Key, Value>(
  source: (key: Key) => Promise<Value>,
  clock: Pick<Clock, 'monotonicMs'>,
  maxAgeMs: number,
): CachedReader<Key, Value> {
  const entries = new Map<Key, Entry<Value>>();

  function readAnew(key: Key): Promise<Value> {
    const entry: Entry<Value> = { value: source(key), readAtMs: clock.monotonicMs() };
    entries.set(key, entry);
    entry.value.catch(() => {
      if (entries.get(key) === entry) entries.delete(key);
    });
    return entry.value;
  }

  return {
    read(key) {
      const entry = entries.get(key);
      return entry && clock.monotonicMs() - entry.readAtMs < maxAgeMs ? entry.value : readAnew(key);
    },
    forget: (key) => void entries.delete(key),
  };
}
