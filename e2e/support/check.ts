import type { ReceivedCallback } from '@multiconnect/local';
import { expect } from 'vitest';
import { statusesByMessage, textsByCustomer } from './callbacks.ts';
import { type Customers, type Posted, until } from './traffic.ts';

const settleLimitMs = 60_000;

const textsOf = (posted: readonly Posted[]) => {
  const texts = new Map<string, string[]>();
  for (const { customer, text } of posted) texts.set(customer, [...(texts.get(customer) ?? []), text]);
  return texts;
};

/** Every posted text is shown on its phone exactly once and in order, and its statuses are called back. */
export async function expectAllShown(posted: readonly Posted[], customers: Customers, callbacks: () => readonly ReceivedCallback[], label: string) {
  const expected = textsOf(posted);
  const shownOf = (customer: string) => (customers.shown.get(customer) ?? []).map((one) => one.text).filter((text) => text.startsWith(label));
  const shownCount = () => [...expected.keys()].reduce((sum, customer) => sum + shownOf(customer).length, 0);
  await until(() => shownCount() >= posted.length, settleLimitMs, () => `${shownCount()} of ${posted.length} messages shown`);
  for (const [customer, texts] of expected) expect(shownOf(customer), `shown at ${customer}`).toEqual(texts);
  expect(customers.undecryptable).toEqual([]);

  const complete = () => {
    const statuses = statusesByMessage(callbacks());
    return posted.filter(({ id }) => statuses.get(id)?.includes('sent') === true && statuses.get(id)?.includes('delivered') === true).length;
  };
  await until(() => complete() === posted.length, settleLimitMs, () => `${complete()} of ${posted.length} messages have both statuses called back`);
  const statuses = statusesByMessage(callbacks());
  for (const { id } of posted) expect(statuses.get(id), `statuses of ${id}`).toEqual(['sent', 'delivered']);
}

/** Every text that a customer wrote is called back at least once, in the customer's order, and none bounced. */
export async function expectAllCalledBack(customers: Customers, perCustomer: number, callbacks: () => readonly ReceivedCallback[], label: string) {
  const expected = Array.from({ length: perCustomer }, (_, index) => `${label} ${String(index).padStart(5, '0')}`);
  const arrived = () => {
    const texts = textsByCustomer(callbacks());
    return (number: string) => (texts.get(number) ?? []).filter((text) => text.startsWith(label));
  };
  const count = () => {
    const of = arrived();
    return customers.numbers.reduce((sum, number) => sum + of(number).length, 0);
  };
  const total = customers.numbers.length * perCustomer;
  await until(() => count() >= total, settleLimitMs, () => `${count()} of ${total} texts called back`);
  const of = arrived();
  for (const number of customers.numbers) expect(of(number), `called back from ${number}`).toEqual(expected);
  expect(customers.bounced).toEqual([]);
}
