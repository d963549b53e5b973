import type { InboundEvent } from '@multiconnect/contract';
import { FetchFailed } from '@multiconnect/media';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createDownloads } from './downloads.ts';
import { alice, bob, type Business, createBench, newBusiness, Writer } from './testing/bench.ts';
import type { Fault } from './testing/memory-inbox.ts';

let business: Business;

beforeAll(async () => {
  business = await newBusiness();
});

type Step =
  | { readonly do: 'deliver'; readonly from: number; readonly which: number }
  | { readonly do: 'wake' }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'takeover' }
  | { readonly do: 'fault'; readonly fault: Fault };

const messages = 6;
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('deliver' as const), from: fc.nat({ max: 1 }), which: fc.nat({ max: messages - 1 }) }) },
  { weight: 4, arbitrary: fc.constant({ do: 'wake' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 10, 100) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'takeover' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fault' as const), fault: fc.constantFrom('before-commit' as const, 'after-commit' as const) }) },
);
/** What the network does with a download. */
const answer = fc.constantFrom('file', 'file', 'reset', 'gone');
const failures: Readonly<Record<string, string>> = { reset: 'reset', gone: 'http-404' };

const url = (name: string) => `aesgcm://up.example/${name}#${'ab'.repeat(44)}`;
const nameOf = ({ content }: InboundEvent) => (content.type === 'text' ? content.text.body : content.type === 'image' ? content.image.caption : content.type);
const isSettled = ({ content, errors }: InboundEvent) => content.type !== 'image' || (content.image.id === undefined) !== (errors === undefined);

async function write(writer: Writer, names: readonly string[], areFiles: readonly boolean[]): Promise<string[]> {
  const stanzas: string[] = [];
  for (const [index, name] of names.entries()) {
    const image = { type: 'image', image: { url: url(name), mime_type: 'image/jpeg', caption: name } };
    stanzas.push(await (areFiles[index] === true ? writer.write('a file', image) : writer.write(name)));
  }
  return stanzas;
}

describe('two phones that send texts and files', () => {
  it('are called back in order and once each, every file with its id or its error, whatever the server, the network and the owners do', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 4, maxLength: 40, size: 'max' }),
        fc.array(answer, { minLength: 1, maxLength: 8 }),
        fc.array(fc.boolean(), { minLength: 2 * messages, maxLength: 2 * messages }),
        async (steps, answers, areFiles) => {
          let asked = 0;
          const bench = createBench(business);
          const { clock, inbox, ports } = bench;
          const receive = async (_account: number, { url: from }: { url: string }) => {
            const failure = failures[answers[asked++ % answers.length] ?? ''];
            await clock.sleep(failure === undefined ? 50 : 0);
            if (failure !== undefined) throw new FetchFailed(failure);
            return { id: `${from}/${asked}`, direction: 'incoming' as const, mimeType: 'image/png', sizeBytes: 1, sha256: 'real' };
          };
          const own = () =>
            createDownloads({
              tenure: { account: 1, shard: 0, epoch: inbox.epoch },
              ...{ signal: new AbortController().signal, slots: [0], held: ports.held, clock },
              media: { receive, remove: () => Promise.resolve(true) },
              limits: { backoff: { initialMs: 10, maxMs: 10 }, giveUpAfterMs: 1_000 },
              ...{ onReleased: () => undefined, onFenced: () => undefined, onTrouble: () => undefined },
            });
          let { processor } = bench;
          let downloads = own();
          const wake = () => {
            processor.wake();
            downloads.wake();
          };
          const writers = [new Writer(business, alice, 101, 0), new Writer(business, bob, 102, 1)];
          const names = writers.map(({ customer }) => Array.from({ length: messages }, (_, index) => `${customer}-${index}`));
          const written: string[][] = [];
          for (const [from, writer] of writers.entries()) written.push(await write(writer, names[from] ?? [], areFiles.slice(from * messages)));
          const calledBack = (customer: string) => inbox.due().filter((event) => event.from === customer);
          const expectInOrder = () => {
            for (const [from, { customer }] of writers.entries()) {
              const events = calledBack(customer);
              expect(events.map(nameOf)).toEqual(names[from]?.slice(0, events.length));
              expect(events.every(isSettled)).toBe(true);
            }
          };
          for (const one of steps) {
            if (one.do === 'deliver') bench.deliver(written[one.from]?.[one.which] ?? '');
            else if (one.do === 'wake') wake();
            else if (one.do === 'fault') inbox.faults.push(one.fault);
            else if (one.do === 'wait') await clock.advance(one.ms);
            else {
              inbox.epoch += 1; // the old owner goes on until it finds out
              processor = bench.restart();
              downloads = own();
            }
            expectInOrder();
            if (clock.monotonicMs() > 1_500) break; // what is missing after two seconds is no longer waited for
          }
          inbox.faults.length = 0;
          inbox.epoch += 1;
          processor = bench.restart();
          downloads = own();
          for (const stanzas of written) for (const stanza of stanzas.toReversed()) bench.deliver(stanza);
          wake();
          await clock.advance(1_000);
          wake();
          for (let passed = 0; passed < 10; passed++) await clock.advance(1_000);
          expectInOrder();
          expect(writers.map(({ customer }) => calledBack(customer).length)).toEqual([messages, messages]);
          expect(inbox.callbackRows.filter(({ files }) => files !== undefined)).toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
  }, 120_000);
});
