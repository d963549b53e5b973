import { setTimeout as delay } from 'node:timers/promises';
import type { Phones } from './phones.ts';
import type { Poster } from './poster.ts';

export interface TrafficOptions {
  readonly poster: Poster;
  readonly phones: Phones;
  readonly customers: readonly string[];
  /** The business's number. */
  readonly business: string;
  /** Messages a second, each way. */
  readonly rate: number;
}

export interface Traffic {
  /** Resolves when every post has its answer; nothing new is begun. */
  stop(): Promise<void>;
}

const textOf = (direction: 'out' | 'in', customer: string, index: number) => `${direction} ${customer} ${String(index).padStart(5, '0')}`;

/** Numbered texts in both directions, to and from the customers in turn, at an even rate. */
export function startTraffic({ poster, phones, customers, business, rate }: TrafficOptions): Traffic {
  const lanes = new Map<string, Promise<void>>();
  const startedAt = performance.now();
  let stopping = false;
  const run = async () => {
    for (let index = 0; !stopping; index++) {
      const dueInMs = startedAt + (index * 1_000) / rate - performance.now();
      if (dueInMs > 0) await delay(dueInMs);
      const customer = customers[index % customers.length] ?? '';
      const round = Math.floor(index / customers.length);
      const lane = lanes.get(customer) ?? Promise.resolve();
      lanes.set(customer, lane.then(() => (stopping ? undefined : poster.post(customer, textOf('out', customer, round)))));
      phones.write(customer, business, textOf('in', customer, round));
    }
  };
  const running = run();
  return {
    async stop() {
      stopping = true;
      await running;
      await Promise.all(lanes.values());
    },
  };
}
