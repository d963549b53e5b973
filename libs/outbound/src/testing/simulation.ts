import { createFakeClock } from '@multiconnect/clock';
import { createDeviceBook, createDiscovery } from '@multiconnect/devices';
import type { Outbox } from '@multiconnect/message-store';
import type { LocalDevice } from '@multiconnect/omemo';
import { createSender, MessageRefused, type Preparer, type Sender, SourceTrouble } from '../index.ts';
import { ChatServer } from './chat-server.ts';
import { type Fault, MemoryStore } from './memory-store.ts';
import { Phone, type PhoneKeys, pubsubOf } from './phones.ts';

export type Step =
  | { readonly do: 'accept'; readonly customer: number; readonly count: number; readonly isHinted: boolean }
  | { readonly do: 'accept-image'; readonly customer: number; readonly isRefused: boolean }
  | { readonly do: 'preparation-trouble'; readonly trouble: 'ours' | 'source' | 'hang'; readonly count: number }
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
const troublesToGiveUp = 5;
const urlOf = (imageId: string) => `https://files.example/${imageId}`;
const customerOf = (index: number) => `1555000${index}000`;

/** What a customer's phone is to show of a message. */
interface Written {
  readonly id: string;
  readonly text: string;
}

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
  const texts = new Map<string, Written[]>();
  const broken: string[] = [];
  const bytes = new Map<string, string>();
  const first: string[] = [];
  let latency = 0;
  let networkTroubles = 0;
  let current: Process | undefined;
  const processes: Process[] = [];

  const preparationTroubles: ('ours' | 'source' | 'hang')[] = [];
  const sourceTroubles = new Map<string, number>();
  const refused = new Set<string>();

  const prepareWith = (turn: () => Promise<void>): Preparer => ({
    async prepare({ row }) {
      const { image } = row.body as { image: { id: string } };
      await turn();
      await turn();
      if (refused.has(row.id)) throw new MessageRefused('notFound');
      const trouble = preparationTroubles.shift();
      if (trouble === 'hang') return new Promise<never>(() => undefined);
      if (trouble === 'ours') throw new Error('no upload service');
      if (trouble === 'source') {
        sourceTroubles.set(row.id, (sourceTroubles.get(row.id) ?? 0) + 1);
        throw new SourceTrouble('http-503');
      }
      return { type: 'image', image: { url: urlOf(image.id), mime_type: 'image/png' } };
    },
  });

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
      preparer: prepareWith(turn),
      reported: () => [],
      rules: () => ({ areIdentityChangesShown: false, isReengagementLimited: false }),
      clock,
      limits: { maxLoaded: 6, maxBatch: 3, maxInFlight: 8, maxDiscoveries: 1, maxPreparations: 2, maxPreparationMs: 10_000 },
      onProgress: () => undefined,
      onSent: () => undefined,
      onBuried: () => undefined,
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
        const id = store.accept(waId, { text: { body: text } });
        texts.set(waId, [...(texts.get(waId) ?? []), { id, text }]);
        return id;
      });
      if (isHinted) void current?.sender.hint([...ids, 'of-nobody']);
    },
    'accept-image'({ customer, isRefused }) {
      const waId = customerOf(customer % world.keys.length);
      const imageId = `image-${store.messages.size}`;
      const id = store.accept(waId, { image: { id: imageId } }, 'image');
      if (isRefused) refused.add(id);
      texts.set(waId, [...(texts.get(waId) ?? []), { id, text: urlOf(imageId) }]);
    },
    'preparation-trouble'({ trouble, count }) {
      preparationTroubles.push(...Array.from({ length: count }, () => trouble));
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
    const isDone = () => store.ciphertexts.size === 0 && [...store.messages.values()].every(({ state }) => state === 'sent' || state === 'failed');
    store.isDown = false;
    store.faults.length = 0;
    networkTroubles = 0;
    preparationTroubles.length = 0;
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
  const mayFail = (id: string) => refused.has(id) || (sourceTroubles.get(id) ?? 0) >= troublesToGiveUp;
  return [...broken, ...judge({ store, phones, texts, first, mayFail })];
}

interface Outcome {
  readonly store: MemoryStore;
  readonly phones: ReadonlyMap<string, Phone>;
  readonly texts: ReadonlyMap<string, readonly Written[]>;
  /** Ids in the order of their first transmission. */
  readonly first: readonly string[];
  readonly mayFail: (id: string) => boolean;
}

function isSorted(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => number >= (numbers[index - 1] ?? number));
}

function judge({ store, phones, texts, first, mayFail }: Outcome): string[] {
  const broken: string[] = [];
  const isFailed = (id: string) => store.messages.get(id)?.state === 'failed' && mayFail(id);
  for (const { id, state } of store.messages.values()) if (state !== 'sent' && !isFailed(id)) broken.push(`${id} ended as ${state}`);
  if (store.ciphertexts.size > 0) broken.push(`${store.ciphertexts.size} ciphertexts are left`);
  if (!isSorted(store.landed)) broken.push('a write landed under an old epoch');
  for (const [customer, phone] of phones) {
    const own = first.flatMap((id) => store.messages.get(id) ?? []).filter((message) => message.customer === customer);
    if (!isSorted(own.map(({ seq }) => seq))) broken.push(`${customer}: first sent in the order ${own.map(({ id }) => id).join()}`);
    const written = (texts.get(customer) ?? []).filter(({ id }) => !isFailed(id)).map(({ text }) => text);
    if (phone.shown.join('|') !== written.join('|')) broken.push(`${customer} was shown ${phone.shown.join()} for ${written.join()}`);
    if (phone.unreadable.length > 0) broken.push(`${customer} could not read: ${String(phone.unreadable[0])}`);
  }
  return broken;
}
