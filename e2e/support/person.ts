import { readFileSync } from 'node:fs';
import type { ReceivedCallback } from '@multiconnect/local';
import { memoryStorage, openPhone, type Phone, type PhoneOptions, type ShownMessage, signUpPhones } from '@multiconnect/phone';
import type { Business } from './business.ts';
import { networkOf } from './network.ts';
import { freshNumber } from './numbers.ts';

interface MessageBody {
  readonly contacts: readonly unknown[];
  readonly messages: readonly (Readonly<Record<string, unknown>> & { readonly id: string; readonly from: string; readonly timestamp: string })[];
}

/** A customer with a phone, and what the back end is told of them. */
export interface Person {
  readonly number: string;
  readonly phone: Phone;
  readonly shown: readonly ShownMessage[];
  untilShown(id: string): Promise<ShownMessage>;
  /** The next callback with a message of this customer, in order. */
  nextMessage(): Promise<MessageBody>;
}

const isMessageFrom = (number: string, { body }: ReceivedCallback) => (body as Partial<MessageBody>).messages?.some(({ from }) => from === number) === true;

export async function openPerson(business: Business, options: Partial<PhoneOptions> = {}): Promise<Person> {
  const number = freshNumber();
  const operatorToken = readFileSync(business.cluster.secrets.operatorTokenFile, 'utf8').trim();
  const [account] = await signUpPhones({ registryUrl: business.cluster.registryUrl, operatorToken, numbers: [number] });
  if (account === undefined) throw new Error('no phone was signed up');
  const shown: ShownMessage[] = [];
  const waiting = new Set<() => void>();
  const phone = await openPhone({
    ...account,
    ...networkOf(business.cluster),
    storage: memoryStorage(),
    ...options,
    onMessage(message) {
      shown.push(message);
      waiting.forEach((check) => check());
    },
  });
  const seen = new Set<ReceivedCallback>();
  return {
    number,
    phone,
    shown,
    untilShown: (id) =>
      new Promise((resolve) => {
        const check = () => {
          const message = shown.find((one) => one.id === id);
          if (message === undefined) return;
          waiting.delete(check);
          resolve(message);
        };
        waiting.add(check);
        check();
      }),
    async nextMessage() {
      const callback = await business.sink.waitFor((one) => !seen.has(one) && isMessageFrom(number, one));
      seen.add(callback);
      return callback.body as MessageBody;
    },
  };
}
