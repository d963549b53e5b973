import { randomInt } from 'node:crypto';
import type { Route } from '@multiconnect/xmpp';
import type { MessageStatus, Phone, PhoneCounters, ShownMessage, Undecryptable } from './options.ts';
import { openPhone } from './phone.ts';
import type { PhoneAccount } from './record.ts';
import { memoryStorage, type PhoneStorage } from './storage.ts';

export interface FleetOptions {
  /** wa_ids; or how many, with numbers that nobody else is likely to have. */
  readonly numbers: readonly string[] | number;
  /** Gets the accounts, in the order of the numbers; `signUpPhones` through a registry. */
  readonly register: (numbers: readonly string[]) => Promise<readonly PhoneAccount[]>;
  readonly routes: readonly Route[];
  /** PEM. */
  readonly ca?: string;
  /** Phones that connect at the same time. Default 32. */
  readonly concurrency?: number;
  /** Default 20. */
  readonly preKeyCount?: number;
  /** Default 60,000. */
  readonly keepAliveIntervalMs?: number;
  /** Default: memory. */
  readonly storage?: (number: string) => PhoneStorage;
  onMessage(number: string, message: ShownMessage): void;
  onStatus?(number: string, status: MessageStatus): void;
  onUndecryptable?(number: string, undecryptable: Undecryptable): void;
  /** A phone is online for the first time. */
  onOpened?(opened: number): void;
}

export interface Fleet {
  /** By number. */
  readonly phones: ReadonlyMap<string, Phone>;
  /** Sums over all phones. */
  readonly counters: PhoneCounters;
  close(): Promise<void>;
  abort(): void;
}

const defaultConcurrency = 32;
const defaultPreKeyCount = 20;
const defaultKeepAliveIntervalMs = 60_000;

/** Numbers of 13 digits under +1 555, in a row from a random start. */
export function fleetNumbers(count: number): readonly string[] {
  const start = randomInt(1e9 - count);
  return Array.from({ length: count }, (_, index) => `1555${String(start + index).padStart(9, '0')}`);
}

/** Thousands of phones in one process. Resolves when all are online; if one cannot be opened, all are shut and it rejects. */
export async function openFleet(options: FleetOptions): Promise<Fleet> {
  const { numbers, concurrency = defaultConcurrency } = options;
  const accounts = await options.register(typeof numbers === 'number' ? fleetNumbers(numbers) : numbers);
  const phones = new Map<string, Phone>();
  const waiting = accounts.values();
  const abort = () => phones.forEach((phone) => phone.abort());
  const openSome = async () => {
    for (const account of waiting) {
      phones.set(account.number, await openOne(options, account));
      options.onOpened?.(phones.size);
    }
  };
  const opening = Array.from({ length: concurrency }, openSome);
  try {
    await Promise.all(opening);
  } catch (error) {
    waiting.return?.();
    await Promise.allSettled(opening);
    abort();
    throw error;
  }
  return {
    phones,
    get counters() {
      return sumOf([...phones.values()].map(({ counters }) => counters));
    },
    close: async () => {
      await Promise.all([...phones.values()].map((phone) => phone.close()));
    },
    abort,
  };
}

function openOne(options: FleetOptions, account: PhoneAccount): Promise<Phone> {
  const { preKeyCount = defaultPreKeyCount, keepAliveIntervalMs = defaultKeepAliveIntervalMs } = options;
  const { number } = account;
  return openPhone({
    ...account,
    routes: options.routes,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    storage: options.storage?.(number) ?? memoryStorage(),
    preKeyCount,
    keepAliveIntervalMs,
    onMessage: (message) => options.onMessage(number, message),
    onStatus: (status) => options.onStatus?.(number, status),
    onUndecryptable: (undecryptable) => options.onUndecryptable?.(number, undecryptable),
  });
}

function sumOf(all: readonly PhoneCounters[]): PhoneCounters {
  const sum = { shown: 0, duplicates: 0, undecryptable: 0, receipts: 0 };
  for (const counters of all) {
    sum.shown += counters.shown;
    sum.duplicates += counters.duplicates;
    sum.undecryptable += counters.undecryptable;
    sum.receipts += counters.receipts;
  }
  return sum;
}
