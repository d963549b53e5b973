import { readFileSync } from 'node:fs';
import { memoryStorage, openPhone, type Phone, type PhoneAccount, type PhoneOptions, type ShownMessage, signUpPhones } from '@multiconnect/phone';
import type { Business } from './business.ts';
import { isStatus } from './callbacks.ts';
import { networkOf } from './network.ts';
import { freshNumber } from './numbers.ts';

/** A customer whose phone remembers what it has shown. */
export interface Recipient {
  readonly number: string;
  readonly phone: Phone;
  /** Ids in the order of showing. */
  readonly order: readonly string[];
  /** The message as soon as it is shown. */
  shows(id: string): Promise<ShownMessage>;
}

export interface Failure {
  readonly code: number;
  readonly title: string;
  readonly details?: string;
}

/** An account without a phone. */
export async function signUpCustomer({ cluster }: Business, language?: string): Promise<PhoneAccount> {
  const operatorToken = readFileSync(cluster.secrets.operatorTokenFile, 'utf8').trim();
  const numbers = [freshNumber()];
  const [account] = await signUpPhones({ registryUrl: cluster.registryUrl, operatorToken, numbers, ...(language !== undefined && { language }) });
  if (account === undefined) throw new Error('no phone was signed up');
  return account;
}

/** @param language what the customer's phone is set to */
export async function openRecipient(business: Business, language?: string, options: Partial<PhoneOptions> = {}): Promise<Recipient> {
  const account = await signUpCustomer(business, language);
  const shown = new Map<string, ShownMessage>();
  const order: string[] = [];
  const waiting = new Map<string, (message: ShownMessage) => void>();
  const phone = await openPhone({
    ...account,
    ...networkOf(business.cluster),
    storage: memoryStorage(),
    ...options,
    onMessage(message) {
      shown.set(message.id, message);
      order.push(message.id);
      waiting.get(message.id)?.(message);
    },
  });
  return {
    number: account.number,
    phone,
    order,
    shows: (id) => {
      const known = shown.get(id);
      return known === undefined ? new Promise((resolve) => waiting.set(id, resolve)) : Promise.resolve(known);
    },
  };
}

/** Posts a message; resolves with its id at the 201. */
export async function postMessage({ gateway, token }: Business, to: string, message: object): Promise<string> {
  const { body } = await gateway.call(token, 'POST', '/v1/messages', { to, ...message });
  return (body as { messages: [{ id: string }] }).messages[0].id;
}

/** The error that the message is reported with, as soon as it is. */
export async function failureOf({ sink }: Business, id: string): Promise<Failure> {
  const { body } = await sink.waitFor(isStatus(id, 'failed'));
  const { statuses } = body as { statuses: readonly { id: string; status: string; errors: readonly Failure[] }[] };
  const error = statuses.find((one) => one.id === id && one.status === 'failed')?.errors[0];
  if (error === undefined) throw new Error('failed without an error');
  return error;
}
