import {
  bundleElement,
  decryptEnvelope,
  deviceListElement,
  deviceListNode,
  type LocalDevice,
  readEnvelope,
  type Requester,
} from '@multiconnect/omemo';
import {
  DuplicateMessage,
  generateIdentity,
  generatePreKeys,
  generateSignedPreKey,
  type PreKey,
  type SessionRecord,
  type SignedPreKey,
} from '@multiconnect/signal';
import { type Element, parseXml, xml } from '@multiconnect/xmpp';

const pubsub = 'http://jabber.org/protocol/pubsub';

/** The keys of a phone: made once, as they are slow to make. */
export interface PhoneKeys {
  readonly local: LocalDevice;
  readonly signed: SignedPreKey;
  readonly preKeys: readonly PreKey[];
}

export async function newPhoneKeys(deviceId: number): Promise<PhoneKeys> {
  const identity = await generateIdentity();
  return { local: { deviceId, identity }, signed: await generateSignedPreKey(identity, 1), preKeys: await generatePreKeys(2, 3) };
}

/** A customer's phone: what the chat server hands it, it decrypts and shows. */
export class Phone {
  readonly shown: string[] = [];
  readonly unreadable: unknown[] = [];
  readonly keys: PhoneKeys;
  #session: SessionRecord | undefined;

  constructor(keys: PhoneKeys) {
    this.keys = keys;
  }

  async receive(stanza: string): Promise<void> {
    const envelope = readEnvelope(parseXml(stanza));
    if (envelope === undefined) return;
    const { local, signed, preKeys } = this.keys;
    const lookup = {
      preKey: (id: number) => Promise.resolve(preKeys.find((key) => key.id === id)?.keyPair),
      signedPreKey: (id: number) => Promise.resolve(id === signed.id ? signed.keyPair : undefined),
    };
    try {
      const { session, text } = await decryptEnvelope(local, this.#session, envelope, lookup);
      this.#session = session;
      if (text !== undefined) this.shown.push(text);
    } catch (error) {
      if (!(error instanceof DuplicateMessage)) this.unreadable.push(error);
    }
  }
}

/** What the network answers when it is asked for the devices of `phones`, by address. */
export function pubsubOf(phones: ReadonlyMap<string, readonly PhoneKeys[]>): Requester['request'] {
  const answer = (node: string, content: Element) => xml('pubsub', { xmlns: pubsub }, xml('items', { node }, xml('item', {}, content)));
  return ({ to = '', payload }) => {
    const node = String(payload.getChild('items')?.attrs['node']);
    const keys = phones.get(to) ?? [];
    if (node === deviceListNode) return Promise.resolve(answer(node, deviceListElement(keys.map(({ local }) => local.deviceId))));
    const one = keys.find(({ local }) => node.endsWith(`:${local.deviceId}`));
    if (one === undefined) return Promise.reject(new Error('no such node'));
    return Promise.resolve(answer(node, bundleElement(one.local.identity, one.signed, one.preKeys)));
  };
}
