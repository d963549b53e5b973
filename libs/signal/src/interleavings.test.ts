import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DuplicateMessage } from './index.ts';
import type { SessionRecord, SignalMessage } from './index.ts';
import type { Device } from './testing/party.ts';
import { newPair } from './testing/party.ts';

type Side = 'alice' | 'bob';

interface Sent {
  readonly to: Side;
  readonly text: string;
  readonly message: SignalMessage;
}

type Step =
  | { readonly do: 'send'; readonly from: Side }
  | { readonly do: 'deliver' | 'repeat' | 'lose'; readonly pick: number };

const side = fc.constantFrom<Side>('alice', 'bob');
const pick = fc.nat(1_000);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('send' as const), from: side }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('deliver' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('repeat' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const), pick }) },
);

/** The network between two devices: any order, some losses, any repetition. */
class Network {
  readonly #under: Sent[] = [];
  readonly #read: Sent[] = [];
  readonly #devices: Readonly<Record<Side, Device>>;
  #sent = 0;

  constructor(devices: Readonly<Record<Side, Device>>) {
    this.#devices = devices;
  }

  async take(step: Step): Promise<void> {
    if (step.do === 'send') return this.#send(step.from);
    if (step.do === 'repeat') return this.#repeat(this.#read[step.pick % Math.max(1, this.#read.length)]);
    const [sent] = this.#under.splice(step.pick % Math.max(1, this.#under.length), 1);
    if (sent !== undefined && step.do === 'deliver') await this.#deliver(sent);
  }

  async settle(): Promise<void> {
    for (const sent of this.#under.splice(0)) await this.#deliver(sent);
    for (const sent of this.#read) await this.#repeat(sent);
  }

  async #send(from: Side): Promise<void> {
    const text = `${from} ${this.#sent++}`;
    const message = await this.#devices[from].send(text);
    this.#under.push({ to: from === 'alice' ? 'bob' : 'alice', text, message });
  }

  async #deliver(sent: Sent): Promise<void> {
    const device = this.#devices[sent.to];
    expect(await device.read(sent.message)).toBe(sent.text);
    device.session = Buffer.from(device.session ?? '', 'ascii').toString('ascii') as SessionRecord;
    this.#read.push(sent);
  }

  async #repeat(sent: Sent | undefined): Promise<void> {
    if (sent === undefined) return;
    const device = this.#devices[sent.to];
    const before = device.session;
    await expect(device.receive(sent.message)).rejects.toThrow(DuplicateMessage);
    expect(device.session).toBe(before);
  }
}

// Forty steps make ten changes of direction at most, which is what a session remembers.
test('in any interleaving every message is read exactly once, and a repeated one is a duplicate', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const network = new Network(await newPair());
      for (const next of steps) await network.take(next);
      await network.settle();
    }),
    { numRuns: 120 },
  );
}, 120_000);
