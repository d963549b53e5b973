import { createFakeClock } from '@multiconnect/clock';
import { createDeviceBook, createDiscovery } from '@multiconnect/devices';
import type { Outbox } from '@multiconnect/message-store';
import type { LocalDevice } from '@multiconnect/omemo';
import { createSender, type Sender } from '../index.ts';
import { ChatServer } from './chat-server.ts';
import { type Fault, MemoryStore } from './memory-store.ts';
import { Phone, type PhoneKeys, pubsubOf } from './phones.ts';

export type Step =
  | { readonly do: 'accept'; readonly customer: number; readonly count: number; readonly isHinted: boolean }
  | { readonly do: 'read' | 'acknowledge'; readonly count: number }
  | { readonly do: 'drop'; readonly isTold: boolean }
  | { readonly do: 'connect' | 'thaw' | 'sweep' }
  | { readonly do: 'fault'; readonly fault: Fault; readonly count: number }
  | { readonly do: 'outage'; readonly isDown: boolean }
  | { readonly do: 'network-trouble'; readonly count: number }
  | { readonly do: 'take-over'; readonly isFrozen: boolean }
  | { readonly do: 'heal'; readonly customer: number }
  | { readonly do: 'wait'; readonly ms: number };

export interface Plan {
  readonly seed: number;
  /** How long statements and look-ups take, ms, by turns. */
  readonly latencies: readonly number[];
  readonly steps: readonly Step[];
}

export interface World {
  readonly local: LocalDevice;
  readonly keys: readonly PhoneKeys[];
}

const domain = 'chat.example';
const customerOf = (index: number) => `1555000${index}000`;

interface Process {
  readonly sender: Sender;
  thaw(): void;
  isFrozen: boolean;
}

/** Runs a plan, lets everything calm down, and tells which promises were broken. */
export async function simulate(world: World, plan: Plan, mutate: (outbox: Outbox) => Outbox = (outbox) => outbox): Promise<string[]> {
  const clock = createFakeClock({ seed: plan.seed });
  const store = new MemoryStore(clock);
  const server = new ChatServer();
  const phones = new Map(world.keys.map((keys, index) => [customerOf(index), new Phone(keys)]));
  const texts = new Map<string, string[]>();
  const broken: string[] = [];
  const bytes = new Map<string, string>();
  const first: string[] = [];
  let latency = 0;
  let networkTroubles = 0;
  let current: Process | undefined;
  const processes: Process[] = [];

  const nextLatency = () => plan.latencies[latency++ % Math.max(1, plan.latencies.length)] ?? 0;

  server.onWritten = ({ id, stanza }) => {
    if (!store.committed.has(id)) broken.push(`${id} was sent before it was committed`);
    const before = bytes.get(id);
    if (before === undefined) first.push(id);
    else if (before !== stanza) broken.push(`${id} was sent again with other bytes`);
    bytes.set(id, stanza);
  };
  server.onRead = async ({ stanza }) => {
    for (const [customer, phone] of phones) if (stanza.includes(`to='+${customer}@`)) await phone.receive(stanza);
  };

  const start = (): Process => {
    const aborter = new AbortController();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const turn = async () => {
      const ms = nextLatency();
      if (ms > 0) await clock.sleep(ms);
      if (started.isFrozen) await promise;
    };
    const { outbox, ratchets } = store.ports(turn);
    const lookUp = pubsubOf(new Map([...phones].map(([customer, { keys }]) => [`+${customer}@${domain}`, [keys]])));
    const sender = createSender({
      tenure: { account: 1, shard: 0, epoch: store.epoch },
      signal: aborter.signal,
      slots: [0],
      domain,
      local: world.local,
      outbox: mutate(outbox),
      book: createDeviceBook({ account: 1, ratchets, maxCustomers: 100 }),
      discovery: createDiscovery({
        local: world.local,
        requester: {
          async request(iq) {
            await turn();
            if (networkTroubles === 0) return lookUp(iq);
            networkTroubles -= 1;
            throw new Error('no answer');
          },
        },
        resolve: (waId) => Promise.resolve({ status: 'valid', chatJid: `+${waId}@${domain}` }),
        clock,
        listMaxAgeMs: 30_000,
        onUnusableDevice: (_customer, _device, error) => void broken.push(`unusable device: ${error.message}`),
      }),
      reported: () => [],
      clock,
      limits: { maxLoaded: 6, maxBatch: 3, maxInFlight: 8, maxDiscoveries: 1 },
      onProgress: () => undefined,
      onSent: () => undefined,
      onFenced: (error) => aborter.abort(error),
      onTrouble: () => undefined,
    });
    const started: Process = {
      sender,
      isFrozen: false,
      thaw() {
        started.isFrozen = false;
        resolve(undefined);
      },
    };
    processes.push(started);
    clock.every(1_000, () => {
      if (!started.isFrozen) sender.sweep();
    });
    return started;
  };
  const connect = () => {
    const process = current;
    if (process === undefined || process.isFrozen) return;
    process.sender.online(server.connect(() => process.sender));
  };

  const actions: { readonly [Name in Step['do']]: (step: Extract<Step, { do: Name }>) => unknown } = {
    accept({ customer, count, isHinted }) {
      const waId = customerOf(customer % world.keys.length);
      const ids = Array.from({ length: count }, () => {
        const text = `text ${store.messages.size}`;
        texts.set(waId, [...(texts.get(waId) ?? []), text]);
        return store.accept(waId, { text: { body: text } });
      });
      if (isHinted) void current?.sender.hint([...ids, 'of-nobody']);
    },
    read: ({ count }) => server.stream?.read(count),
    acknowledge: ({ count }) => server.stream?.acknowledge(count),
    drop: ({ isTold }) => server.stream?.drop(isTold),
    connect,
    thaw() {
      for (const process of processes) process.thaw();
    },
    sweep: () => current?.sender.sweep(),
    fault({ fault, count }) {
      store.faults.push(...Array.from({ length: count }, () => fault));
    },
    outage({ isDown }) {
      store.isDown = isDown;
    },
    'network-trouble'({ count }) {
      networkTroubles += count;
    },
    'take-over'({ isFrozen }) {
      if (isFrozen && current !== undefined) current.isFrozen = true;
      store.epoch += 1;
      current = start();
    },
    heal: ({ customer }) =>
      void current?.sender.heal(customerOf(customer % world.keys.length), 0, world.keys[customer % world.keys.length]?.local.deviceId ?? 0),
    wait: ({ ms }) => clock.advance(ms),
  };
  const act = (step: Step) => (actions[step.do] as (step: Step) => unknown)(step);

  current = start();
  connect();
  for (const step of plan.steps) {
    await act(step);
    await clock.settle();
  }

  const calmDown = async () => {
    const isDone = () => store.ciphertexts.size === 0 && [...store.messages.values()].every((message) => message.state === 'sent');
    store.isDown = false;
    store.faults.length = 0;
    networkTroubles = 0;
    for (const process of processes) process.thaw();
    await clock.advance(2_000);
    connect();
    for (let second = 0; second < 8 || (second < 100 && !isDone()); second += 1) {
      await clock.advance(1_000);
      await server.stream?.read();
      server.stream?.acknowledge();
    }
  };
  await calmDown();
  return [...broken, ...judge({ store, phones, texts, first })];
}

interface Outcome {
  readonly store: MemoryStore;
  readonly phones: ReadonlyMap<string, Phone>;
  readonly texts: ReadonlyMap<string, readonly string[]>;
  /** Ids in the order of their first transmission. */
  readonly first: readonly string[];
}

function isSorted(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => number >= (numbers[index - 1] ?? number));
}

function judge({ store, phones, texts, first }: Outcome): string[] {
  const broken: string[] = [];
  for (const { id, state } of store.messages.values()) if (state !== 'sent') broken.push(`${id} ended as ${state}`);
  if (store.ciphertexts.size > 0) broken.push(`${store.ciphertexts.size} ciphertexts are left`);
  if (!isSorted(store.landed)) broken.push('a write landed under an old epoch');
  for (const [customer, phone] of phones) {
    const own = first.flatMap((id) => store.messages.get(id) ?? []).filter((message) => message.customer === customer);
    if (!isSorted(own.map(({ seq }) => seq))) broken.push(`${customer}: first sent in the order ${own.map(({ id }) => id).join()}`);
    const written = texts.get(customer) ?? [];
    if (phone.shown.join('|') !== written.join('|')) broken.push(`${customer} was shown ${phone.shown.join()} for ${written.join()}`);
    if (phone.unreadable.length > 0) broken.push(`${customer} could not read: ${String(phone.unreadable[0])}`);
  }
  return broken;
}
