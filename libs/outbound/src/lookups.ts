import type { Discovered } from '@multiconnect/devices';

/**
 * Look-ups of customers' devices. They run beside the rounds: a customer that is looked up stays claimed, and its lane is
 * left alone, until the network has answered.
 */
export interface Lookups {
  /** The customer's lane cannot move: a look-up runs, or waits until another one ends. */
  holds(customer: string): boolean;
  /** False when as many look-ups run as may: the customer is to be released until one of them has ended. */
  begin(customer: string): boolean;
  /** Some run. */
  readonly isBusy: boolean;
  /** How many look-ups have ended. */
  readonly ended: number;
}

export function createLookups(options: {
  maxRunning: number;
  /** Rejects when the network cannot answer now. */
  ask: (customer: string) => Promise<Discovered>;
  /** What came of it, with the customer still held. Must not reject. */
  onAnswer: (customer: string, answer: Discovered | { readonly kind: 'trouble'; readonly error: unknown }) => Promise<void>;
  /** The look-up has ended. */
  onEnded: (customer: string) => void;
}): Lookups {
  const running = new Set<string>();
  const waiting = new Set<string>();
  let ended = 0;

  const ask = async (customer: string) => {
    try {
      return await options.ask(customer);
    } catch (error) {
      return { kind: 'trouble' as const, error };
    }
  };
  const lookUp = async (customer: string) => {
    await options.onAnswer(customer, await ask(customer));
    running.delete(customer);
    ended += 1;
    waiting.clear(); // there is room again
    options.onEnded(customer);
  };
  return {
    get isBusy() {
      return running.size > 0;
    },
    get ended() {
      return ended;
    },
    holds: (customer) => running.has(customer) || waiting.has(customer),
    begin(customer) {
      if (running.size >= options.maxRunning) {
        waiting.add(customer);
        return false;
      }
      running.add(customer);
      void lookUp(customer);
      return true;
    },
  };
}
