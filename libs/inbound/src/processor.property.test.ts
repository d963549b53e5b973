import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { alice, bob, type Business, createBench, newBusiness, Writer } from './testing/bench.ts';
import type { Fault } from './testing/memory-inbox.ts';

let business: Business;

beforeAll(async () => {
  business = await newBusiness();
});

type Step =
  | { readonly do: 'deliver'; readonly from: number; readonly which: number; readonly stamp: boolean }
  | { readonly do: 'wake' }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'fault'; readonly fault: Fault };

const messages = 6;
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('deliver' as const), from: fc.nat({ max: 1 }), which: fc.nat({ max: messages - 1 }), stamp: fc.boolean() }) },
  { weight: 3, arbitrary: fc.constant({ do: 'wake' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 10, 100) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fault' as const), fault: fc.constantFrom('before-commit' as const, 'after-commit' as const) }) },
);

describe('a processor and two phones', () => {
  it('call back every message once, in the phone’s order, however the server delivers and redelivers and the database fails', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 4, maxLength: 40, size: 'max' }),
        fc.array(fc.constantFrom(0, 0, 1, 3), { minLength: 1, maxLength: 5 }),
        async (steps, latencies) => {
          let turns = 0;
          const bench = createBench(business, async () => {
            const ms = latencies[turns++ % latencies.length] ?? 0;
            if (ms > 0) await bench.clock.sleep(ms);
          });
          const writers = [new Writer(business, alice, 101, 0), new Writer(business, bob, 102, 1)];
          const texts = Array.from({ length: messages }, (_, index) => `text ${index}`);
          const written: string[][] = [];
          for (const writer of writers) {
            const stanzas: string[] = [];
            // Now and then only the ratchet moves.
            for (const [index, text] of texts.entries()) stanzas.push(await writer.write(index === 2 ? undefined : text));
            written.push(stanzas);
          }
          for (const one of steps) {
            if (one.do === 'deliver') bench.deliver(written[one.from]?.[one.which] ?? '', one.stamp ? '2020-01-01T00:00:00.000001Z' : undefined);
            else if (one.do === 'wake') bench.processor.wake();
            else if (one.do === 'fault') bench.inbox.faults.push(one.fault);
            else await bench.clock.advance(one.ms);
            if (bench.clock.monotonicMs() > 1_500) break; // what is missing after two seconds is no longer waited for
          }
          bench.inbox.faults.length = 0;
          for (const stanzas of written) for (const stanza of stanzas.toReversed()) bench.deliver(stanza);
          bench.processor.wake();
          await bench.clock.advance(8_000);
          const called = texts.filter((_, index) => index !== 2);
          expect(bench.inbox.textsOf(alice)).toEqual(called);
          expect(bench.inbox.textsOf(bob)).toEqual(called);
          expect(bench.inbox.rows).toEqual([]);
          expect(bench.broken).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
  }, 60_000);
});
