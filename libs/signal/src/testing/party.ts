import { decrypt, encrypt, generateIdentity, generatePreKeys, generateSignedPreKey, startSession } from '../index.ts';
import type { Decrypted, KeyPair, LocalIdentity, PreKeyBundle, PreKeyLookup, SessionRecord, SignalMessage } from '../index.ts';

/** A device with its published keys. */
export interface Party {
  readonly local: LocalIdentity;
  readonly bundle: PreKeyBundle;
  readonly lookup: PreKeyLookup;
}

export function lookupOf(preKeys: ReadonlyMap<number, KeyPair>, signed: ReadonlyMap<number, KeyPair>): PreKeyLookup {
  return {
    preKey: (id) => Promise.resolve(preKeys.get(id)),
    signedPreKey: (id) => Promise.resolve(signed.get(id)),
  };
}

export async function newParty(): Promise<Party> {
  const local = await generateIdentity();
  const signed = await generateSignedPreKey(local, 7);
  const preKeys = await generatePreKeys(31, 1);
  const bundle = {
    deviceId: 1,
    registrationId: local.registrationId,
    identityKey: local.identityKeyPair.publicKey,
    signedPreKey: { id: signed.id, publicKey: signed.keyPair.publicKey, signature: signed.signature },
  };
  const [preKey] = preKeys.map(({ id, keyPair }) => ({ id, publicKey: keyPair.publicKey }));
  const lookup = lookupOf(new Map(preKeys.map(({ id, keyPair }) => [id, keyPair])), new Map([[7, signed.keyPair]]));
  return { local, bundle: preKey === undefined ? bundle : { ...bundle, preKey }, lookup };
}

/** A device that keeps its session with one peer, as a caller of the engine would. */
export class Device {
  session: SessionRecord | undefined;
  readonly party: Party;
  readonly #peer: Party;

  constructor(party: Party, peer: Party) {
    this.party = party;
    this.#peer = peer;
  }

  async send(text: string): Promise<SignalMessage> {
    this.session ??= await startSession(this.party.local, this.#peer.bundle);
    const { session, message } = await encrypt(this.party.local, this.session, Buffer.from(text));
    this.session = session;
    return message;
  }

  async receive(message: SignalMessage): Promise<Decrypted> {
    const result = await decrypt(this.party.local, this.session, message, this.party.lookup);
    this.session = result.session;
    return result;
  }

  async read(message: SignalMessage): Promise<string> {
    return Buffer.from((await this.receive(message)).plaintext).toString();
  }
}

export async function newPair(): Promise<{ readonly alice: Device; readonly bob: Device }> {
  const [a, b] = [await newParty(), await newParty()];
  return { alice: new Device(a, b), bob: new Device(b, a) };
}

/** A pair that has exchanged a message each way, so that both send whisper messages. */
export async function establishedPair(): Promise<{ readonly alice: Device; readonly bob: Device }> {
  const pair = await newPair();
  await pair.bob.receive(await pair.alice.send('hello'));
  await pair.alice.receive(await pair.bob.send('hello yourself'));
  return pair;
}

/** The bytes with one bit turned over, counted from the end. */
export function damaged(message: SignalMessage, fromEnd: number): SignalMessage {
  const bytes = Uint8Array.from(message.bytes);
  const index = bytes.length - fromEnd;
  bytes[index] = (bytes[index] ?? 0) ^ 1;
  return { ...message, bytes };
}
