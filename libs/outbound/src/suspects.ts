/** Customers whose messages were in a round that failed: each is tried alone until it is clear which one is to blame. */
export interface Suspects {
  has(customer: string): boolean;
  all(): Iterable<string>;
  add(customers: Iterable<string>): void;
  clear(customers: Iterable<string>): void;
  /** A strike against a customer that failed alone; true, and a clean slate, when it was the last one allowed. */
  isGivenUp(customer: string): boolean;
}

const maxStrikes = 8;

export function createSuspects(): Suspects {
  const strikes = new Map<string, number>();
  return {
    has: (customer) => strikes.has(customer),
    all: () => strikes.keys(),
    add(customers) {
      for (const customer of customers) if (!strikes.has(customer)) strikes.set(customer, 0);
    },
    clear(customers) {
      for (const customer of customers) strikes.delete(customer);
    },
    isGivenUp(customer) {
      const count = (strikes.get(customer) ?? 0) + 1;
      if (count < maxStrikes) strikes.set(customer, count);
      else strikes.delete(customer);
      return count >= maxStrikes;
    },
  };
}
