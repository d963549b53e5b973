import { createBatcher } from '@multiconnect/batch';
import type { Clock } from '@multiconnect/clock';
import type { ContactRecord, Contacts } from '@multiconnect/message-store';
import { type LookupClient, LookupFailed, maxNumbersPerLookup } from './lookup-client.ts';

/** What is known of numbers: the contact table before, the registry behind. */
export interface Directory {
  /** What the table has, however old. */
  stored(account: number, waId: string): Promise<ContactRecord | undefined>;
  /** Asks the registry, and stores what it says. Throws {@link LookupFailed}, and what the table throws. */
  ask(account: number, waId: string): Promise<ContactRecord>;
}

interface Question {
  readonly account: number;
  readonly waId: string;
}

const maxReadsPerStatement = 5000;
const maxReadsInFlight = 2;
/** Numbers that wait for the registry. Beyond, questions fail at once. */
const maxPending = 100_000;

const keyOf = ({ account, waId }: Question) => `${account}/${waId}`;
const distinctWaIds = (questions: readonly Question[]) => [...new Set(questions.map(({ waId }) => waId))];

export interface DirectoryOptions {
  readonly contacts: Contacts;
  readonly lookup: LookupClient;
  readonly clock: Clock;
}

export function createDirectory({ contacts, lookup, clock }: DirectoryOptions): Directory {
  const pending = new Map<string, Promise<ContactRecord>>();

  const reads = createBatcher<Question, ContactRecord | undefined>({
    maxItems: maxReadsPerStatement,
    maxInFlight: maxReadsInFlight,
    async flush(questions) {
      const found = new Map<string, ContactRecord>();
      for (const [account, asked] of Map.groupBy(questions, (question) => question.account)) {
        const records = await contacts.read(account, distinctWaIds(asked));
        for (const record of records) found.set(keyOf({ account, waId: record.waId }), record);
      }
      return questions.map((question) => found.get(keyOf(question)));
    },
  });

  /** One look-up at a time: what is asked meanwhile shares the next. */
  const lookups = createBatcher<Question, ContactRecord>({
    maxItems: maxNumbersPerLookup,
    maxInFlight: 1,
    async flush(questions) {
      const results = await lookup.lookup(distinctWaIds(questions));
      const checkedAtMs = clock.nowMs();
      const records = new Map(results.map((result) => [result.waId, { ...result, checkedAtMs }]));
      const recordOf = ({ waId }: Question): ContactRecord => {
        const record = records.get(waId);
        if (!record) throw new LookupFailed('a number was left out');
        return record;
      };
      for (const [account, asked] of Map.groupBy(questions, (question) => question.account)) {
        await contacts.save(account, asked.map(recordOf));
      }
      return questions.map(recordOf);
    },
  });

  return {
    stored: (account, waId) => reads.add({ account, waId }),
    ask(account, waId) {
      const key = keyOf({ account, waId });
      const earlier = pending.get(key);
      if (earlier) return earlier;
      if (pending.size >= maxPending) return Promise.reject(new LookupFailed('too many numbers wait for the registry'));
      const answer = lookups.add({ account, waId }).finally(() => pending.delete(key));
      pending.set(key, answer);
      return answer;
    },
  };
}
