import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type Fleet, fleetNumbers, openFleet, signUpPhones } from '@multiconnect/phone';
import type { Business } from './business.ts';
import { networkOf } from './network.ts';

export interface Shown {
  readonly text: string;
  readonly atMs: number;
}

/** Customers whose phones note what they show and what bounced. */
export interface Customers {
  readonly fleet: Fleet;
  readonly numbers: readonly string[];
  /** By number, in the order of showing. */
  readonly shown: ReadonlyMap<string, readonly Shown[]>;
  readonly bounced: readonly string[];
  readonly undecryptable: readonly string[];
}

export async function openCustomers(business: Business, count: number): Promise<Customers> {
  const numbers = fleetNumbers(count);
  const shown = new Map<string, Shown[]>(numbers.map((number) => [number, []]));
  const bounced: string[] = [];
  const undecryptable: string[] = [];
  const operatorToken = readFileSync(business.cluster.secrets.operatorTokenFile, 'utf8').trim();
  const fleet = await openFleet({
    numbers,
    register: (wanted) => signUpPhones({ registryUrl: business.cluster.registryUrl, operatorToken, numbers: wanted }),
    ...networkOf(business.cluster),
    onMessage: (number, message) => shown.get(number)?.push({ text: message.text, atMs: Date.now() }),
    onStatus: (number, { id, status }) => {
      if (status === 'failed') bounced.push(`${number} ${id}`);
    },
    onUndecryptable: (number, { reason }) => undecryptable.push(`${number} ${reason}`),
  });
  return { fleet, numbers, shown, bounced, undecryptable };
}

export interface Posted {
  readonly id: string;
  readonly customer: string;
  readonly text: string;
  readonly postedAtMs: number;
}

/** Runs `step` for each index at an even rate; steps overlap, the schedule does not drift. */
async function atRate(count: number, perSecond: number, step: (index: number) => Promise<void>): Promise<void> {
  const startedAt = performance.now();
  const running: Promise<void>[] = [];
  for (let index = 0; index < count; index++) {
    const dueIn = startedAt + (index * 1000) / perSecond - performance.now();
    if (dueIn > 0) await delay(dueIn);
    running.push(step(index));
  }
  await Promise.all(running);
}

/** What one customer's sequence of calls shares: the next waits for the one before, since only then is there an order. */
function oneAfterAnother() {
  const last = new Map<string, Promise<unknown>>();
  return <T>(customer: string, call: () => Promise<T>): Promise<T> => {
    const next = (last.get(customer) ?? Promise.resolve()).then(call);
    last.set(customer, next);
    return next;
  };
}

/** Posts numbered texts to the customers in turn. */
export async function postTexts(business: Business, numbers: readonly string[], options: { count: number; perSecond: number; label: string }): Promise<Posted[]> {
  const posted: Posted[] = [];
  const inTurn = oneAfterAnother();
  await atRate(options.count, options.perSecond, async (index) => {
    const customer = numbers[index % numbers.length] ?? '';
    await inTurn(customer, async () => {
      const text = `${options.label} ${String(Math.floor(index / numbers.length)).padStart(5, '0')}`;
      const postedAtMs = Date.now();
      posted.push({ id: await business.sendText(customer, text), customer, text, postedAtMs });
    });
  });
  return posted;
}

/** The customers write numbered texts to the business, each phone one after another. */
export async function writeTexts(business: Business, customers: Customers, options: { count: number; perSecond: number; label: string }): Promise<void> {
  const { numbers, fleet } = customers;
  await atRate(options.count, options.perSecond, async (index) => {
    const text = `${options.label} ${String(Math.floor(index / numbers.length)).padStart(5, '0')}`;
    await fleet.phones.get(numbers[index % numbers.length] ?? '')?.send(business.number, text);
  });
}

/** Resolves as soon as `isDone`, looked at whenever something may have changed; throws with `describe` when it takes too long. */
export async function until(isDone: () => boolean, limitMs: number, describe: () => string): Promise<void> {
  const endsAt = performance.now() + limitMs;
  while (!isDone()) {
    if (performance.now() > endsAt) throw new Error(`after ${limitMs / 1000} s still: ${describe()}`);
    await delay(50);
  }
}
