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
  /** What the phone is set to, when it said so. */
  readonly language?: string;
}

type Phone = Pick<LookupAnswer, 'jid' | 'language'>;

/** Who can be written to: phones of this network. A business is no recipient. */
export interface Lookups {
  /** Answers in the order asked. Throws {@link ChatServerFailed}. */
  find(numbers: readonly string[]): Promise<readonly LookupAnswer[]>;
}

const concurrency = 16;

export function createLookups(database: Database, chatServer: ChatServer): Lookups {
  /** By number, those that are valid. */
  const phonesAmong = async (numbers: readonly string[]): Promise<ReadonlyMap<string, Phone>> => {
    const registered = await findNumbers(database, numbers);
    const known = new Set(registered.map(({ number }) => number));
    // Accounts that an operator made by hand are phones too.
    const unknown = numbers.filter((number) => !known.has(number));
    const exist = await each(unknown, concurrency, (number) => chatServer.exists(number));
    const phones = registered
      .filter(({ kind }) => kind === 'phone')
      .map(({ number, jid, language }) => [number, language === null ? { jid } : { jid, language }] as const);
    const handMade = unknown.filter((_, index) => exist[index]).map((number) => [number, { jid: chatServer.jidOf(number) }] as const);
    return new Map([...phones, ...handMade]);
  };

  return {
    async find(asked) {
      const digits = asked.map(digitsOf);
      const phones = await phonesAmong([...new Set(digits.filter((number) => number !== undefined))]);
      return asked.map((number, index) => {
        const phone = phones.get(digits[index] ?? '');
        return phone === undefined ? { number, status: 'invalid' } : { number, status: 'valid', ...phone };
      });
    },
  };
}
