import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { alice, type Bench, bob, type Business, createBench as benchOf, newBusiness, Writer } from './testing/bench.ts';

let business: Business;

beforeAll(async () => {
  business = await newBusiness();
});

const createBench = () => benchOf(business);
const startMicros = BigInt(Date.UTC(2020, 0, 1)) * 1_000n;

/** As ejabberd writes it. */
function stampOf(micros: bigint): string {
  const date = new Date(Number(micros / 1_000n)).toISOString().slice(0, -1);
  return `${date}${String(micros % 1_000n).padStart(3, '0')}Z`;
}

function receipt(customer: string, index: number): string {
  return new Writer(business, customer).stanza(`<received xmlns='urn:xmpp:receipts' id='m${index}'/>`, `r${index}`);
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => index);
const reportedBy = (bench: Bench, customer: string) => bench.inbox.takes.flatMap(({ changes }) => changes.flatMap((change) => (change.customer === customer ? [change.id] : [])));

async function process(bench: Bench, ms: number) {
  bench.processor.wake();
  await bench.clock.advance(ms);
  await bench.clock.settle();
}

describe('receipts that the server delivers again', () => {
  it('come to their order, however they arrive, with those of later connections behind them', async () => {
    const arrival = fc.record({ places: fc.shuffledSubarray(numbered(8), { minLength: 8 }), steps: fc.array(fc.constantFrom(0, 0, 1, 150), { minLength: 11, maxLength: 11 }), apart: fc.constantFrom(1n, 400n, 70_000n) });
    await fc.assert(
      fc.asyncProperty(arrival, fc.nat({ max: 3 }), async ({ places, steps, apart }, liveFrom) => {
        const bench = createBench();
        const late = places.map((index) => () => bench.deliver(receipt(alice, index), stampOf(startMicros + BigInt(index) * apart)));
        const live = [8, 9, 10].map((index) => () => bench.deliver(receipt(alice, index)));
        // Of a new connection, what is new may come before the last of what is delivered again.
        const arrivals = [...late.slice(0, 1 + liveFrom), ...live, ...late.slice(1 + liveFrom)];
        let spentMs = 0;
        for (const [index, deliver] of arrivals.entries()) {
          deliver();
          const ms = Math.min(steps[index] ?? 0, 900 - spentMs);
          spentMs += ms;
          await process(bench, ms);
        }
        await process(bench, 3_000);
        expect(reportedBy(bench, alice)).toEqual(numbered(11).map((index) => `m${index}`));
        expect(bench.inbox.rows).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('hold up nobody else, and nothing that has come in time', async () => {
    const bench = createBench();
    bench.deliver(receipt(alice, 1), stampOf(startMicros));
    bench.deliver(receipt(bob, 1));
    bench.deliver(await new Writer(business, alice).write('a text'));
    await process(bench, 0);
    expect(reportedBy(bench, bob)).toEqual(['m1']);
    expect(reportedBy(bench, alice)).toEqual([]);
    expect(bench.inbox.textsOf(alice)).toEqual(['a text']);
  });

  it('are not waited for without end', async () => {
    const bench = createBench();
    for (const index of numbered(10)) {
      bench.deliver(receipt(alice, index), stampOf(startMicros + BigInt(index)));
      await process(bench, 300);
    }
    expect(reportedBy(bench, alice).slice(0, 6)).toEqual(numbered(6).map((index) => `m${index}`));
  });
});
