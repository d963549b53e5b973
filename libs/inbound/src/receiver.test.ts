import { createFakeClock } from '@multiconnect/clock';
import { Fenced, type ReceivedStanza } from '@multiconnect/message-store';
import { parseXml } from '@multiconnect/xmpp';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createReceiver } from './receiver.ts';

const tenure = { account: 1, shard: 0, epoch: 1 };
const away = new Error('the database is away');

function receipt(id: string) {
  return parseXml(
    `<message from='+15550000001@chat.example/phone' to='+15550009999@chat.example' id='${id}'><received xmlns='urn:xmpp:receipts' id='${id}'/></message>`,
  );
}

/** A receiver on a store that fails so often, `turn` by turn. */
function createBench(failures: (Error | undefined)[]) {
  const clock = createFakeClock();
  const lease = new AbortController();
  const stored: string[] = [];
  const counted: string[] = [];
  const broken: unknown[] = [];
  const troubles: unknown[] = [];
  const receiver = createReceiver({
    tenure,
    signal: lease.signal,
    clock,
    inbox: {
      store(_tenure, stanzas: readonly ReceivedStanza[]) {
        const failure = failures.shift();
        if (failure !== undefined) return Promise.reject(failure);
        stored.push(...stanzas.map(({ stanzaId }) => stanzaId));
        return Promise.resolve();
      },
    },
    onStored: () => undefined,
    onTrouble: (error) => void troubles.push(error),
  });
  const receive = (id: string) => {
    receiver.receive(receipt(id))?.then(() => counted.push(id), (error: unknown) => broken.push(error));
  };
  return { clock, lease, stored, counted, broken, troubles, receiver, receive };
}

describe('what arrives while the database is away', () => {
  it('is kept uncounted and committed in order once it is back, so that nothing is redelivered', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 8 }), fc.array(fc.constantFrom(0, 1, 60, 400), { minLength: 1, maxLength: 30 }), async (fails, waits) => {
        const bench = createBench(fails.map((isFailure) => (isFailure ? away : undefined)));
        const ids = waits.map((_, index) => `stanza ${index}`);
        for (const [index, ms] of waits.entries()) {
          bench.receive(ids[index] ?? '');
          await bench.clock.advance(ms);
          expect(bench.counted).toEqual(bench.stored);
        }
        await bench.clock.advance(10_000);
        expect(bench.stored).toEqual(ids);
        expect(bench.counted).toEqual(ids);
        expect(bench.broken).toEqual([]);
        expect(bench.troubles.length).toBeLessThanOrEqual(fails.length);
      }),
    );
  });

  it('is the next owner’s once the tenure has ended, and is tried no more', async () => {
    const bench = createBench([away, away, away]);
    bench.receive('a');
    await bench.clock.advance(60);
    const ended = new Error('the lease has ended');
    bench.lease.abort(ended);
    await bench.clock.advance(10_000);
    expect(bench).toMatchObject({ stored: [], counted: [], broken: [ended] });
  });

  it('does not hold up an owner that leaves', async () => {
    const bench = createBench(Array.from({ length: 100 }, () => away));
    bench.receive('a');
    await bench.clock.advance(60);
    bench.receiver.stop();
    await bench.clock.settle();
    expect(bench.broken).toHaveLength(1);
  });
});

it('a stanza that the fence refuses is refused at once', async () => {
  const fenced = new Fenced(tenure);
  const bench = createBench([fenced]);
  bench.receive('a');
  await bench.clock.settle();
  expect(bench).toMatchObject({ stored: [], broken: [fenced], troubles: [] });
});
