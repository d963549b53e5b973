import { createFakeClock, type FakeClock } from '@multiconnect/clock';
import { contentElement } from '@multiconnect/content';
import { createDeviceBook, type DeviceBook } from '@multiconnect/devices';
import type { StoredPreKey } from '@multiconnect/message-store';
import { bundleElement, encryptFor, keyTransport, type LocalDevice, readBundle, sealPayload } from '@multiconnect/omemo';
import {
  generateIdentity,
  generatePreKeys,
  generateSignedPreKey,
  type LocalIdentity,
  type PreKey,
  type SessionRecord,
  type SignedPreKey,
  startSession,
} from '@multiconnect/signal';
import { parseXml } from '@multiconnect/xmpp';
import { createProcessor, type Processor, type ProcessorOptions, type ReadingPolicy } from '../index.ts';
import { storable } from '../stanza.ts';
import { MemoryInbox } from './memory-inbox.ts';

export const businessJid = '+15550009999@chat.example';
export const alice = '15550000001';
export const bob = '15550000002';

export const policy: ReadingPolicy = {
  autoDownload: new Set(['image', 'video', 'audio', 'voice', 'document', 'sticker']),
  areReferralFilesWanted: true,
  areChangedNumbersTold: true,
  areIdentityChangesShown: false,
  isUpload: (url) => url.startsWith('https://upload.chat.example/'),
};

/** The number's own device and its keys: made once, as they are slow to make. */
export interface Business {
  readonly local: LocalDevice;
  readonly signed: SignedPreKey;
  readonly preKeys: readonly PreKey[];
  readonly phoneIdentity: LocalIdentity;
}

export async function newBusiness(): Promise<Business> {
  const identity = await generateIdentity();
  return {
    local: { deviceId: 7, identity },
    signed: await generateSignedPreKey(identity, 1),
    preKeys: await generatePreKeys(2, 4),
    phoneIdentity: await generateIdentity(),
  };
}

function storedKeys({ signed, preKeys }: Business): StoredPreKey[] {
  const oneTime = preKeys.map((key) => ({ kind: 'one-time' as const, id: key.id, ...key.keyPair }));
  return [{ kind: 'signed', id: signed.id, ...signed.keyPair, signature: signed.signature }, ...oneTime];
}

/** A customer's phone that writes to the business. */
export class Writer {
  readonly customer: string;
  readonly deviceId: number;
  readonly #business: Business;
  readonly #preKey: number;
  #session: SessionRecord | undefined;
  #count = 0;

  constructor(business: Business, customer: string, deviceId = 101, preKey = 0) {
    this.#business = business;
    this.customer = customer;
    this.deviceId = deviceId;
    this.#preKey = preKey;
  }

  /** A stanza with the text, encrypted, and with the rich form where it is given; without either it only moves the ratchet. */
  async write(text?: string, content?: object): Promise<string> {
    const { local, signed, preKeys, phoneIdentity } = this.#business;
    const bundle = readBundle(bundleElement(local.identity, signed, preKeys), local.deviceId, () => this.#preKey);
    this.#session ??= await startSession(phoneIdentity, bundle);
    const payload = text === undefined ? keyTransport() : sealPayload(text);
    const sealed = await encryptFor({ deviceId: this.deviceId, identity: phoneIdentity }, [{ deviceId: local.deviceId, session: this.#session }], payload);
    this.#session = sealed.devices[0]?.session;
    this.#count += 1;
    const element = content === undefined ? '' : contentElement(payload.keyAndTag, content);
    return this.stanza(`${sealed.envelope}${element}`, `${this.deviceId}-${this.#count}`);
  }

  stanza(content: string, id: string): string {
    return (
      `<message from='+${this.customer}@chat.example/phone' to='${businessJid}' type='chat' id='${id}'>` +
      `${content}<request xmlns='urn:xmpp:receipts'/></message>`
    );
  }
}

export interface Bench {
  readonly ports: ReturnType<MemoryInbox['ports']>;
  readonly clock: FakeClock;
  readonly inbox: MemoryInbox;
  readonly book: DeviceBook;
  readonly processor: Processor;
  readonly receipts: string[];
  readonly broken: string[];
  readonly troubles: { readonly what: string; readonly error: unknown }[];
  readonly fenced: unknown[];
  /** The server delivers it; `stamp` is its delay. */
  deliver(stanza: string, stamp?: string): void;
  /** Another owner's processor on the same store. */
  restart(): Processor;
}

/** A processor with everything around it in memory. */
export function createBench(business: Business, turn: () => Promise<void> = () => Promise.resolve(), changed: Partial<ReadingPolicy> = {}): Bench {
  const clock = createFakeClock();
  const inbox = new MemoryInbox(clock, storedKeys(business));
  const receipts: string[] = [];
  const broken: string[] = [];
  const troubles: { what: string; error: unknown }[] = [];
  const fenced: unknown[] = [];
  const ports = inbox.ports(turn);
  const start = (book: DeviceBook) => {
    const options: ProcessorOptions = {
      tenure: { account: 1, shard: 0, epoch: inbox.epoch },
      signal: new AbortController().signal,
      slots: [0],
      local: business.local,
      business: '15550009999',
      policy: () => ({ ...policy, ...changed }),
      inbox: ports.inbox,
      preKeys: ports.preKeys,
      book,
      reported: () => [],
      clock,
      onReceived: (received) => void receipts.push(...received.receipts.map(({ stanzaId }) => stanzaId)),
      onBroken: (customer, _slot, deviceId) => void broken.push(`${customer}/${deviceId}`),
      onBuried: () => undefined,
      onFenced: (error) => void fenced.push(error),
      onTrouble: (what, error) => void troubles.push({ what, error }),
    };
    return createProcessor(options);
  };
  const newBook = () => createDeviceBook({ account: 1, ratchets: ports.ratchets, maxCustomers: 100 });
  const book = newBook();
  return {
    ports,
    clock,
    inbox,
    book,
    processor: start(book),
    receipts,
    broken,
    troubles,
    fenced,
    deliver(stanza, stamp) {
      const delay = stamp === undefined ? '' : `<delay xmlns='urn:xmpp:delay' from='chat.example' stamp='${stamp}'/>`;
      const received = storable(parseXml(stanza.replace('</message>', `${delay}</message>`)));
      if (received !== undefined) inbox.add(received);
    },
    restart: () => start(newBook()),
  };
}
