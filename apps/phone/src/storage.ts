import type { PhoneRecord } from './record.ts';

/** Where a phone remembers. One phone at a time uses it. */
export interface PhoneStorage {
  /** What was saved last; undefined before the first save. */
  load(): Promise<PhoneRecord | undefined>;
  /** Fulfilled once `load` would return this record, whatever happens to the process. After a failure the former one stands. */
  save(record: PhoneRecord): Promise<void>;
}

/** For phones that live as long as the process. */
export function memoryStorage(): PhoneStorage {
  let saved: PhoneRecord | undefined;
  return {
    load: () => Promise.resolve(saved),
    save: (record) => {
      saved = record;
      return Promise.resolve();
    },
  };
}
