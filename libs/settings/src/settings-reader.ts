import type { ApplicationSettings } from '@multiconnect/contract';
import type { SettingsSource } from './application-settings.ts';
import { readSettings } from './application-settings.ts';

/** Settings for hot paths: as they were at most `maxAgeMs` ago. */
export interface SettingsReader {
  /** Rejects when the store does and nothing young enough is known; calls that arrive together share one read. */
  read(account: number): Promise<ApplicationSettings>;
  /** The next `read` asks the store: call when told of a change. */
  forget(account: number): void;
}

interface Entry {
  readonly settings: Promise<ApplicationSettings>;
  readonly readAtMs: number;
}

export interface SettingsReaderOptions {
  readonly maxAgeMs: number;
  /** A clock that never goes back. */
  readonly monotonicMs?: () => number;
}

export function createSettingsReader(store: SettingsSource, options: SettingsReaderOptions): SettingsReader {
  const now = options.monotonicMs ?? (() => performance.now());
  const entries = new Map<number, Entry>();

  function readAnew(account: number): Promise<ApplicationSettings> {
    const entry: Entry = { settings: readSettings(store, account), readAtMs: now() };
    entries.set(account, entry);
    entry.settings.catch(() => {
      if (entries.get(account) === entry) entries.delete(account);
    });
    return entry.settings;
  }

  return {
    read(account) {
      const entry = entries.get(account);
      return entry && now() - entry.readAtMs < options.maxAgeMs ? entry.settings : readAnew(account);
    },
    forget: (account) => void entries.delete(account),
  };
}
