import type { ContactRecord, Contacts } from '@multiconnect/message-store';
import { type LookupClient, LookupFailed, type LookupResult } from '../lookup-client.ts';

/** The contact table in memory. */
export interface MemoryContacts extends Contacts {
  readonly records: Map<string, ContactRecord>;
  /** Numbers asked for, statement by statement. */
  readonly reads: (readonly string[])[];
}

export function createMemoryContacts(): MemoryContacts {
  const records = new Map<string, ContactRecord>();
  const reads: (readonly string[])[] = [];
  return {
    records,
    reads,
    read(account, waIds) {
      reads.push(waIds);
      return Promise.resolve(waIds.flatMap((waId) => records.get(`${account}/${waId}`) ?? []));
    },
    save(account, contacts) {
      for (const record of contacts) records.set(`${account}/${record.waId}`, record);
      return Promise.resolve();
    },
  };
}

/** A registry that a test answers for: look-ups stay open until then. */
export interface ScriptedLookup extends LookupClient {
  /** Numbers asked for, look-up by look-up. */
  readonly asked: (readonly string[])[];
  readonly phones: Set<string>;
  /** What these phones are set to. */
  readonly languages: Map<string, string>;
  /** Answers the open look-up from `phones`. */
  answer(): void;
  fail(): void;
  /** From now on look-ups are answered at once. */
  answerAll(): void;
}

interface OpenLookup {
  readonly waIds: readonly string[];
  readonly resolve: (results: readonly LookupResult[]) => void;
  readonly reject: (error: Error) => void;
}

export function createScriptedLookup(): ScriptedLookup {
  const asked: (readonly string[])[] = [];
  const phones = new Set<string>();
  const languages = new Map<string, string>();
  let open: OpenLookup | undefined;
  let isAutomatic = false;

  const resultsOf = (waIds: readonly string[]) =>
    waIds.map((waId): LookupResult => {
      if (!phones.has(waId)) return { waId, status: 'invalid' };
      const language = languages.get(waId);
      return { waId, status: 'valid', chatJid: `+${waId}@chat`, ...(language === undefined ? {} : { language }) };
    });
  const take = () => {
    if (!open) throw new Error('no look-up is open');
    const taken = open;
    open = undefined;
    return taken;
  };

  const lookup: ScriptedLookup = {
    asked,
    phones,
    languages,
    lookup(waIds) {
      asked.push(waIds);
      if (isAutomatic) return Promise.resolve(resultsOf(waIds));
      if (open) throw new Error('two look-ups at once');
      return new Promise((resolve, reject) => {
        open = { resolve, reject, waIds };
      });
    },
    answer() {
      const { resolve, waIds } = take();
      resolve(resultsOf(waIds));
    },
    fail: () => take().reject(new LookupFailed('the registry cannot be reached')),
    answerAll() {
      isAutomatic = true;
      if (open) lookup.answer();
    },
    close: () => Promise.resolve(),
  };
  return lookup;
}
