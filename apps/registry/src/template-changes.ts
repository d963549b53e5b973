import type { Cancel, Clock } from '@multiconnect/clock';
import { type Database, statement } from './database.ts';

const readVersions = statement('language-pack-versions');
const readCounter = statement('template-change-read');

/** How soon a registry sees what another one changed, while somebody waits. */
const lookIntervalMs = 1000;

export interface PackChanges {
  /** To ask from next time. */
  readonly version: number;
  /** Whose packs changed. */
  readonly languages: readonly string[];
}

/** Notices of changed language packs. */
export interface TemplateChanges {
  /**
   * What changed in a namespace after `since`: as soon as something did, or nothing after `waitMs`. A `since` from the
   * future (the database was restored) is answered with every language.
   */
  after(namespace: string, since: number, waitMs: number): Promise<PackChanges>;
  /** Something changed here. */
  notify(): void;
  /** Answers whoever waits. */
  close(): void;
}

export interface TemplateChangesOptions {
  readonly database: Database;
  readonly clock: Clock;
}

interface PackVersion {
  readonly language: string;
  readonly version: number;
}

function changesIn(packs: readonly PackVersion[], since: number): PackChanges {
  const version = Math.max(0, ...packs.map((pack) => pack.version));
  const isFromTheFuture = since > version;
  return { version, languages: packs.filter((pack) => isFromTheFuture || pack.version > since).map(({ language }) => language) };
}

export function createTemplateChanges({ database, clock }: TemplateChangesOptions): TemplateChanges {
  const waiting = new Set<() => void>();
  let lastCounter: number | undefined;
  let isLooking = false;
  let isClosed = false;
  let cancelLooks: Cancel | undefined;

  const wakeAll = () => {
    for (const wake of [...waiting]) wake();
  };

  /** One cheap question for everybody who waits. */
  const look = async () => {
    if (isLooking) return;
    isLooking = true;
    try {
      const [row] = await database.run<{ version: number }>(readCounter, []);
      if (row?.version !== lastCounter) wakeAll();
      lastCounter = row?.version;
    } catch {
      // The database is away. Whoever waits asks it again, and is told.
      wakeAll();
    } finally {
      isLooking = false;
    }
  };

  const nextWake = () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const wake = () => {
      waiting.delete(wake);
      if (waiting.size === 0) {
        cancelLooks?.();
        cancelLooks = undefined;
      }
      resolve(undefined);
    };
    waiting.add(wake);
    cancelLooks ??= clock.every(lookIntervalMs, () => void look());
    return { promise, wake };
  };

  return {
    async after(namespace, since, waitMs) {
      const deadline = new AbortController();
      const cancelDeadline = clock.after(waitMs, () => deadline.abort());
      try {
        for (;;) {
          // Listens before it reads: what is committed in between wakes it.
          const { promise, wake } = nextWake();
          deadline.signal.onabort = wake;
          const changes = await database
            .run<PackVersion>(readVersions, [namespace])
            .then((packs) => changesIn(packs, since))
            .catch((error: unknown) => {
              wake();
              throw error;
            });
          if (changes.languages.length > 0 || deadline.signal.aborted || isClosed || waitMs === 0) {
            wake();
            return changes;
          }
          await promise;
        }
      } finally {
        cancelDeadline();
      }
    },
    notify: wakeAll,
    close() {
      isClosed = true;
      wakeAll();
    },
  };
}
