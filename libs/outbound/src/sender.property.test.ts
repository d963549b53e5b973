import { generateIdentity } from '@multiconnect/signal';
import type { Outbox } from '@multiconnect/message-store';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { newPhoneKeys } from './testing/phones.ts';
import { type Plan, simulate, type Step, type World } from './testing/simulation.ts';

const customers = 3;
let world: World;

beforeAll(async () => {
  const keys = await Promise.all(Array.from({ length: customers }, (_, index) => newPhoneKeys(100 + index)));
  world = { keys, local: { deviceId: 7, identity: await generateIdentity() } };
});

const customer = fc.nat({ max: customers - 1 });
const count = fc.integer({ min: 1, max: 4 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('accept' as const), customer, count, isHinted: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('accept-image' as const), customer, isRefused: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('preparation-trouble' as const),
      trouble: fc.constantFrom('ours' as const, 'source' as const, 'hang' as const),
      count: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('read' as const, 'acknowledge' as const), count }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 3, 10, 700, 3_000) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('drop' as const), isTold: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('connect' as const, 'sweep' as const, 'thaw' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      fault: fc.constantFrom('before-commit' as const, 'after-commit' as const),
      count: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('outage' as const), isDown: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('network-trouble' as const), count }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('take-over' as const), isFrozen: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('heal' as const), customer }) },
);
const plan: fc.Arbitrary<Plan> = fc.record({
  seed: fc.integer(),
  latencies: fc.array(fc.constantFrom(0, 1, 2, 5, 40), { minLength: 1, maxLength: 7 }),
  steps: fc.array(step, { minLength: 5, maxLength: 40, size: 'max' }),
});

/** Whether some plan shows that a sender on this outbox breaks its promises. */
async function isCaught(mutate: (outbox: Outbox) => Outbox): Promise<boolean> {
  const details = await fc.check(
    fc.asyncProperty(plan, async (one) => (await simulate(world, one, mutate)).length === 0),
    { numRuns: 200, endOnFailure: true },
  );
  return details.failed;
}

describe('a sender, whatever breaks and whoever takes over', () => {
  it('sends every message once it is committed, with the same bytes each time, and phones show each once and in order', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(plan, async (one) => {
        expect(await simulate(world, one)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the check above', () => {
  it('catches a sender that sends before the commit', { timeout: 120_000 }, async () => {
    const hasty = (outbox: Outbox): Outbox => ({
      ...outbox,
      encrypted(tenure, batch) {
        outbox.encrypted(tenure, batch).catch(() => undefined);
        return Promise.resolve();
      },
    });
    expect(await isCaught(hasty)).toBe(true);
  });

  it('catches a sender that recovers nothing', { timeout: 120_000 }, async () => {
    expect(await isCaught((outbox) => ({ ...outbox, unacknowledged: () => Promise.resolve([]) }))).toBe(true);
  });

  it('catches a sender that forgets who is parked', { timeout: 120_000 }, async () => {
    const forgetful = (outbox: Outbox): Outbox => ({
      ...outbox,
      parkedCustomers: () => Promise.resolve([]),
      unpark: async (tenure, slots, nowMs) => {
        await outbox.unpark(tenure, slots, nowMs);
        return [];
      },
    });
    expect(await isCaught(forgetful)).toBe(true);
  });
});
