import type { Housekeeping } from '../ports/housekeeping.ts';
import type { Database } from './database.ts';
import { statement } from './statements.ts';

const collect = statement('messages-collect');
const statistics = statement('statistics');
const versions = statement('schema-versions');

const fromTheOldest = '-infinity';

interface StatisticsColumns {
  readonly contacts: Record<string, number> | null;
  readonly messages: Record<string, number> | null;
  readonly pending_callbacks: number;
  readonly dead_callbacks: number;
  readonly inbox: number;
  readonly ciphertexts: number;
  readonly sessions: number;
}

export function createHousekeeping(database: Database): Housekeeping {
  return {
    async collect(account, slot, { finishedBeforeMs, openBeforeMs }, amount, after = fromTheOldest) {
      const values = [account, slot, after, amount, finishedBeforeMs, openBeforeMs];
      const [row] = await database.run<{ looked_until: string | null; deleted: number }>(collect, values);
      const until = row?.looked_until ?? undefined;
      return { deleted: row?.deleted ?? 0, ...(until !== undefined && { next: until }) };
    },
    async statistics(account) {
      const [row] = await database.run<StatisticsColumns>(statistics, [account]);
      if (row === undefined) throw new Error('the database counts nothing');
      const { contacts, messages, pending_callbacks, dead_callbacks, inbox, ciphertexts, sessions } = row;
      return {
        contacts: contacts ?? {},
        messages: messages ?? {},
        pendingCallbacks: pending_callbacks,
        deadCallbacks: dead_callbacks,
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
