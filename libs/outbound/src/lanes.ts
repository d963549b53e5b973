import type { AcceptedRow } from '@multiconnect/message-store';

/**
 * Accepted messages in memory, one lane a customer. Order in a lane is order of acceptance. A lane that waits (for devices,
 * for another holder of the customer's ratchets) holds up nobody else.
 */
export interface Lanes {
  readonly size: number;
  has(id: string): boolean;
  add(rows: readonly AcceptedRow[]): void;
  /** Customers with messages, those that have waited longest first. */
  customers(): Iterable<string>;
  /** The lane's messages, in order; they stay until removed. */
  of(customer: string): readonly AcceptedRow[];
  remove(ids: Iterable<string>): void;
  clear(): void;
}

export function createLanes(): Lanes {
  const lanes = new Map<string, AcceptedRow[]>();
  const customerOf = new Map<string, string>();
  return {
    get size() {
      return customerOf.size;
    },
    has: (id) => customerOf.has(id),
    add(rows) {
      for (const row of rows) {
        if (customerOf.has(row.id)) continue;
        customerOf.set(row.id, row.customer);
        const lane = lanes.get(row.customer);
        if (lane === undefined) lanes.set(row.customer, [row]);
        else lane.push(row);
      }
    },
    customers: () => lanes.keys(),
    of: (customer) => lanes.get(customer) ?? [],
    remove(ids) {
      const touched = new Map<string, Set<string>>();
      for (const id of ids) {
        const customer = customerOf.get(id);
        if (customer === undefined) continue;
        customerOf.delete(id);
        const gone = touched.get(customer) ?? new Set();
        touched.set(customer, gone.add(id));
      }
      for (const [customer, gone] of touched) {
        const left = (lanes.get(customer) ?? []).filter((row) => !gone.has(row.id));
        lanes.delete(customer);
        if (left.length > 0) lanes.set(customer, left);
      }
    },
    clear() {
      lanes.clear();
      customerOf.clear();
    },
  };
}
