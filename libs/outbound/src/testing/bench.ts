import { createFakeClock, type FakeClock } from '@multiconnect/clock';
import { createDeviceBook, createDiscovery, type DeviceBook, type ResolveRecipient } from '@multiconnect/devices';
import { createSender, type Preparer, type Sender, type SenderLimits } from '../index.ts';
import { ChatServer } from './chat-server.ts';
import { MemoryStore } from './memory-store.ts';
import { Phone, type PhoneKeys, pubsubOf } from './phones.ts';
import type { World } from './simulation.ts';

export const domain = 'chat.example';
export const alice = '15550000001';
export const bob = '15550000002';
/** Customers who have phones too. */
export const strangers = Array.from({ length: 30 }, (_, index) => `155501${String(index).padStart(5, '0')}`);
export const addressOf = (customer: string) => `+${customer}@${domain}`;

/** A door that what runs through it waits at while it is shut. */
export interface Door {
  pass(): Promise<void>;
  shut(): void;
  open(): void;
}

export function createDoor(): Door {
  let gate: PromiseWithResolvers<undefined> | undefined;
  return {
    async pass() {
      await gate?.promise;
    },
    shut() {
      gate ??= Promise.withResolvers<undefined>();
    },
    open() {
      gate?.resolve(undefined);
      gate = undefined;
    },
  };
}

export interface Bench {
  readonly clock: FakeClock;
  readonly store: MemoryStore;
  readonly server: ChatServer;
  readonly sender: Sender;
  readonly book: DeviceBook;
  readonly phones: ReadonlyMap<string, Phone>;
  /** What statements wait at, and what look-ups wait at. */
  readonly storeDoor: Door;
  readonly networkDoor: Door;
  readonly troubles: { readonly what: string; readonly error: unknown }[];
  readonly fenced: unknown[];
  readonly network: { isDown: boolean };
  /** As the settings have it; nothing is refused unless a test wants it. */
  readonly rules: { areIdentityChangesShown: boolean; isReengagementLimited: boolean };
  /** Whom the network was asked for. */
  readonly asked: string[];
  /** The customer's phone gets its devices published, as it has from the start, or none. */
  publish(customer: string, isReachable: boolean): void;
  /** The customer's account has a phone with these keys from now on, and no other. */
  install(customer: string, keys: PhoneKeys): void;
  accept(customer: string, text?: string): string;
  /** An image by the id of an upload. */
  acceptImage(customer: string, id: string): string;
  statesOf(customer: string): string[];
  /** Ids as they were written to the server. */
  written(): string[];
  online(): void;
  /** The server reads and acknowledges, and time passes, until nothing moves any more. */
  flow(seconds?: number): Promise<void>;
}

export interface BenchOptions {
  readonly limits?: Partial<SenderLimits>;
  readonly resolve?: ResolveRecipient;
  readonly prepare?: Preparer['prepare'];
}

/** One sender with everything around it in memory; it is offline. */
export function createBench({ keys, local }: World, options: BenchOptions = {}): Bench {
  const clock = createFakeClock();
  const store = new MemoryStore(clock);
  const server = new ChatServer();
  const storeDoor = createDoor();
  const networkDoor = createDoor();
  const troubles: { what: string; error: unknown }[] = [];
  const fenced: unknown[] = [];
  const asked: string[] = [];
  const aborter = new AbortController();
  const customers = [alice, bob, ...strangers];
  const phones = new Map(customers.flatMap((customer, index) => keys.slice(index % 2, (index % 2) + 1).map((key) => [customer, new Phone(key)] as const)));
  const published = new Map([...phones].map(([customer, phone]) => [addressOf(customer), [phone.keys] as readonly PhoneKeys[]]));
  const { outbox, ratchets } = store.ports(() => storeDoor.pass());
  const lookUp = pubsubOf(published);
  const network = { isDown: false };
  const rules = { areIdentityChangesShown: false, isReengagementLimited: false };
  const book = createDeviceBook({ account: 1, ratchets, maxCustomers: 100 });
  const sender = createSender({
    tenure: { account: 1, shard: 0, epoch: 1 },
    signal: aborter.signal,
    slots: [0],
    domain,
    local,
    outbox,
    book,
    discovery: createDiscovery({
      local,
      requester: {
        async request(iq) {
          asked.push(iq.to ?? '');
          await networkDoor.pass();
          if (network.isDown) throw new Error('no answer');
          return lookUp(iq);
        },
      },
      resolve: options.resolve ?? ((waId) => Promise.resolve({ status: 'valid', chatJid: addressOf(waId) })),
      clock,
      listMaxAgeMs: 3_600_000,
      onUnusableDevice: () => undefined,
    }),
    preparer: { prepare: options.prepare ?? (() => Promise.reject(new Error('nothing needs a preparation here'))) },
    reported: () => [],
    rules: () => rules,
    clock,
    limits: { maxLoaded: 20, maxBatch: 8, maxInFlight: 40, maxDiscoveries: 2, maxPreparations: 2, maxPreparationMs: 20_000, ...options.limits },
    onProgress: () => undefined,
    onSent: () => undefined,
    onBuried: () => undefined,
    onFenced(error) {
      fenced.push(error);
      aborter.abort(error);
    },
    onTrouble: (what, error) => void troubles.push({ what, error }),
  });
  clock.every(1_000, () => sender.sweep());
  server.onRead = async ({ stanza }) => {
    for (const [customer, phone] of phones) if (stanza.includes(`to='${addressOf(customer)}'`)) await phone.receive(stanza);
  };
  return {
    clock,
    store,
    server,
    sender,
    book,
    phones,
    storeDoor,
    networkDoor,
    troubles,
    fenced,
    network,
    rules,
    asked,
    publish(customer, isReachable) {
      const phone = phones.get(customer);
      published.set(addressOf(customer), isReachable && phone !== undefined ? [phone.keys] : []);
    },
    install: (customer, keys) => void published.set(addressOf(customer), [keys]),
    accept: (customer, text) => store.accept(customer, { text: { body: text ?? `text ${store.messages.size + 1}` } }),
    acceptImage: (customer, id) => store.accept(customer, { image: { id } }, 'image'),
    statesOf: (customer) => store.of(customer).map(({ state }) => state),
    written: () => server.written.map(({ id }) => id),
    online() {
      sender.online(server.connect(() => sender));
    },
    async flow(seconds = 3) {
      for (let second = 0; second < seconds; second += 1) {
        await clock.advance(1_000);
        await server.stream?.read();
        server.stream?.acknowledge();
        await clock.settle();
      }
    },
  };
}
