import type { Clock } from '@multiconnect/clock';
import type { AcceptedRow, Outbox, ShardTenure } from '@multiconnect/message-store';

/** Customers that cannot be written to yet: their messages wait in the store, and what is later for them waits behind. */
export interface Parking {
  has(customer: string): boolean;
  /** Asks the store who is parked, unless that is known. */
  ensureKnown(): Promise<void>;
  /** Nobody knows what was committed: the store is to be asked again. */
  doubt(): void;
  /** Makes ready again whose time has come. */
  unparkDue(): Promise<void>;
  /** Parks the messages of one customer, longer after each attempt. */
  postpone(rows: readonly AcceptedRow[]): Promise<void>;
  /** Parks messages of any customers for a while, 10 s unless given, which is no attempt. */
  setAside(rows: readonly AcceptedRow[], ms?: number): Promise<void>;
  /** Parks messages whose customers are parked, until the same time. */
  follow(rows: readonly AcceptedRow[]): Promise<void>;
}

const initialMs = 1_000;
const maxMs = 300_000;
const setAsideMs = 10_000;
/** The store's column is a smallint; the delay has long reached its maximum. */
const maxAttempts = 1_000;

export function createParking(options: {
  tenure: ShardTenure;
  slots: readonly number[];
  outbox: Outbox;
  clock: Clock;
  /** These messages have left memory. */
  onParked: (rows: readonly AcceptedRow[]) => void;
}): Parking {
  const { tenure, slots, outbox, clock } = options;
  const parked = new Map<string, { readonly untilMs: number }>();
  let isKnown = false;

  const park = async (rows: readonly AcceptedRow[], untilMs: (row: AcceptedRow) => number, attempt: 0 | 1) => {
    if (rows.length === 0) return;
    await outbox.parked(
      tenure,
      rows.map((row) => ({ id: row.id, retryAtMs: untilMs(row), attempts: Math.min(row.attempts + attempt, maxAttempts) })),
    );
    for (const row of rows) parked.set(row.customer, { untilMs: untilMs(row) });
    options.onParked(rows);
  };
  return {
    has: (customer) => parked.has(customer),
    async ensureKnown() {
      if (isKnown) return;
      // Both before the answer: who is parked, or doubted, meanwhile stays so.
      isKnown = true;
      parked.clear();
      try {
        const customers = await outbox.parkedCustomers(tenure.account, slots);
        for (const { customer, retryAtMs } of customers) parked.set(customer, { untilMs: retryAtMs });
      } catch (error) {
        isKnown = false;
        throw error;
      }
    },
    doubt() {
      isKnown = false;
    },
    async unparkDue() {
      const nowMs = clock.nowMs();
      const before = new Map(parked);
      const due = [...before].filter(([, { untilMs }]) => untilMs <= nowMs).map(([customer]) => customer);
      if (due.length === 0) return;
      const ready = await outbox.unpark(tenure, slots, nowMs);
      // Who has been parked anew meanwhile stays parked.
      for (const customer of ready) if (parked.get(customer) === before.get(customer)) parked.delete(customer);
      // The store has another time for it, or nothing: two writes have crossed.
      if (due.some((customer) => parked.has(customer))) isKnown = false;
    },
    postpone(rows) {
      const attempts = Math.max(0, ...rows.map((row) => row.attempts));
      const untilMs = clock.nowMs() + Math.min(initialMs * 2 ** attempts, maxMs);
      return park(rows, () => untilMs, 1);
    },
    setAside(rows, ms = setAsideMs) {
      const untilMs = clock.nowMs() + ms;
      return park(rows, () => untilMs, 0);
    },
    follow: (rows) => park(rows, (row) => parked.get(row.customer)?.untilMs ?? clock.nowMs(), 0),
  };
}
