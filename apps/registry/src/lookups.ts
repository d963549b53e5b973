import type { ChatServer } from './chat-server.ts';
import type { Database } from './database.ts';
import { each } from './each.ts';
import { findNumbers } from './numbers.ts';
import { digitsOf } from './requests.ts';

export interface LookupAnswer {
  /** As it was asked. */
  readonly number: string;
  readonly status: 'valid' | 'invalid';
  readonly jid?: string;
}

/** Who can be written to: phones of this network. A business is no recipient. */
export interface Lookups {
  /** Answers in the order asked. Throws {@link ChatServerFailed}. */
  find(numbers: readonly string[]): Promise<readonly LookupAnswer[]>;
}

const concurrency = 16;

export function createLookups(database: Database, chatServer: ChatServer): Lookups {
  /** JID by number, of those that are valid. */
  const phonesAmong = async (numbers: readonly string[]): Promise<ReadonlyMap<string, string>> => {
    const registered = await findNumbers(database, numbers);
    const known = new Set(registered.map(({ number }) => number));
    // Accounts that an operator made by hand are phones too.
    const unknown = numbers.filter((number) => !known.has(number));
    const exist = await each(unknown, concurrency, (number) => chatServer.exists(number));
    const phones = registered.filter(({ kind }) => kind === 'phone').map(({ number, jid }) => [number, jid] as const);
    const handMade = unknown.filter((_, index) => exist[index]).map((number) => [number, chatServer.jidOf(number)] as const);
    return new Map([...phones, ...handMade]);
  };

  return {
    async find(asked) {
      const digits = asked.map(digitsOf);
      const phones = await phonesAmong([...new Set(digits.filter((number) => number !== undefined))]);
      return asked.map((number, index) => {
        const jid = phones.get(digits[index] ?? '');
        return jid === undefined ? { number, status: 'invalid' } : { number, status: 'valid', jid };
      });
    },
  };
}
