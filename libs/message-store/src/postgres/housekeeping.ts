import type { DiscardedMedia, Housekeeping, WorkWaiting } from '../ports/housekeeping.ts';
import { type Database, runFenced } from './database.ts';
import { statement } from './statements.ts';

const collect = statement('messages-collect');
const discard = statement('media-discard');
const waiting = statement('work-waiting');
const statistics = statement('statistics');
const versions = statement('schema-versions');

const fromTheOldest = '-infinity';

interface CollectColumns {
  readonly held: number;
  readonly looked_until: string | null;
  readonly deleted: number;
}

interface DiscardColumns {
  readonly held: number;
  readonly files: readonly DiscardedMedia[] | null;
}

interface StatisticsColumns {
  readonly contacts: Record<string, number> | null;
  readonly messages: Record<string, number> | null;
  readonly pending_callbacks: number;
  readonly dead_callbacks: number;
  readonly dead_messages: number;
  readonly dead_stanzas: number;
  readonly inbox: number;
  readonly ciphertexts: number;
  readonly sessions: number;
}

export function createHousekeeping(database: Database): Housekeeping {
  return {
    async collect(tenure, slot, { finishedBeforeMs, openBeforeMs }, amount, after = fromTheOldest) {
      const values = [slot, after, amount, finishedBeforeMs, openBeforeMs];
      const { looked_until, deleted } = await runFenced<CollectColumns>(database, collect, tenure, values);
      return { deleted, ...(looked_until !== null && { next: looked_until }) };
    },
    discardMedia(tenure, usedBeforeMs, limit, remove) {
      return database.transaction(async (runner) => {
        const { files } = await runFenced<DiscardColumns>(runner, discard, tenure, [usedBeforeMs, limit]);
        if (files !== null) await remove(files);
        return files?.length ?? 0;
      });
    },
    async waiting(account, slots, limit) {
      const [row] = await database.run<WorkWaiting>(waiting, [account, slots, limit]);
      if (row === undefined) throw new Error('the database counts nothing');
      return row;
    },
    async statistics(account) {
      const [row] = await database.run<StatisticsColumns>(statistics, [account]);
      if (row === undefined) throw new Error('the database counts nothing');
      const { contacts, messages, pending_callbacks, dead_callbacks, dead_messages, dead_stanzas, inbox, ciphertexts, sessions } = row;
      return {
        contacts: contacts ?? {},
        messages: messages ?? {},
        pendingCallbacks: pending_callbacks,
        deadCallbacks: dead_callbacks,
        deadMessages: dead_messages,
        deadStanzas: dead_stanzas,
        inbox,
        ciphertexts,
        sessions,
      };
    },
    async versions() {
      const [row] = await database.run<{ version: number; server: string }>(versions, []);
      return { schema: row?.version ?? 0, server: row?.server ?? '' };
    },
  };
}
