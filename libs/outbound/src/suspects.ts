/**
 * Customers whose messages were in a round that failed: each is tried alone until it is clear which one is to blame, and of that
 * one fewer and fewer messages at a time until it is clear which message is.
 */
export interface Suspects {
  has(customer: string): boolean;
  all(): Iterable<string>;
  add(customers: Iterable<string>): void;
  /** How many of the customer's messages may be tried together. */
  roomOf(customer: string): number;
  /** So many were tried alone and failed: half as many next time. False when it was one: there is nothing to halve. */
  halve(customer: string, tried: number): boolean;
  /** What was tried went through. While there `isMore`, a customer that was halved stays suspect, with twice the room. */
  acquit(customer: string, isMore: boolean): void;
  /** A strike against the message that failed alone; true when it was the last one allowed. What is behind it is not blamed for it. */
  isGivenUp(customer: string): boolean;
}

interface Suspicion {
  strikes: number;
  room: number;
}

const maxStrikes = 8;

export function createSuspects(): Suspects {
  const suspicions = new Map<string, Suspicion>();
  return {
    has: (customer) => suspicions.has(customer),
    all: () => suspicions.keys(),
    add(customers) {
      for (const customer of customers) if (!suspicions.has(customer)) suspicions.set(customer, { strikes: 0, room: Infinity });
    },
    roomOf: (customer) => suspicions.get(customer)?.room ?? Infinity,
    halve(customer, tried) {
      const suspicion = suspicions.get(customer);
      if (suspicion === undefined || tried <= 1) return false;
      suspicion.room = Math.ceil(tried / 2);
      return true;
    },
    acquit(customer, isMore) {
      const suspicion = suspicions.get(customer);
      if (suspicion === undefined) return;
      if (!isMore || suspicion.room === Infinity) suspicions.delete(customer);
      else suspicions.set(customer, { strikes: 0, room: suspicion.room * 2 });
    },
    isGivenUp(customer) {
      const suspicion = suspicions.get(customer) ?? { strikes: 0, room: 1 };
      suspicion.strikes += 1;
      if (suspicion.strikes >= maxStrikes) suspicions.delete(customer);
      return suspicion.strikes >= maxStrikes;
    },
  };
}
