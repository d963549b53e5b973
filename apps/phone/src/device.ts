import {
  decryptEnvelope,
  encryptFor,
  type Envelope,
  keyFor,
  type LocalDevice,
  NoUsableDevice,
  publishBundle,
  type RemoteDevice,
  type Requester,
  type SealedPayload,
} from '@multiconnect/omemo';
import { BadPreKeyBundle, missingBefore, type PreKeyBundle, type PreKeyLookup, type SessionRecord, startSession } from '@multiconnect/signal';
import { newRecord, type OutboxEntry, type PhoneAccount, type PhoneRecord, replacePreKey, sessionKey } from './record.ts';
import { serial } from './serial.ts';
import type { PhoneStorage } from './storage.ts';
import type { Gap } from './turns.ts';

export interface DecryptedMessage {
  /** Absent in a key transport message. */
  readonly text?: string;
  readonly messageKey: Uint8Array;
  /** Messages that the sender wrote before it and that have not come. */
  readonly missing: number;
  /** A one-time prekey was used up: the bundle is to be published anew. */
  readonly bundleChanged: boolean;
}

/**
 * The phone's OMEMO device. Invariant: the ratchets in memory are never ahead of the storage, so what a call has returned
 * survives the process, and what has failed has changed nothing.
 */
export class Device {
  readonly #storage: PhoneStorage;
  readonly #exclusive = serial();
  #record: PhoneRecord;

  private constructor(storage: PhoneStorage, record: PhoneRecord) {
    this.#storage = storage;
    this.#record = record;
  }

  /** The stored device, or a new one. */
  static async open(storage: PhoneStorage, account: PhoneAccount, preKeyCount: number): Promise<Device> {
    const stored = await storage.load();
    const record = stored === undefined ? await newRecord(account, preKeyCount) : { ...stored, account };
    await storage.save(record);
    return new Device(storage, record);
  }

  get id(): number {
    return this.#record.deviceId;
  }

  /** What the server has not acknowledged, in order. */
  get outbox(): readonly OutboxEntry[] {
    return this.#record.outbox;
  }

  hasSession(jid: string, deviceId: number): boolean {
    return this.#record.sessions[sessionKey(jid, deviceId)] !== undefined;
  }

  /** Publishes the public half with the unused prekeys. */
  async publish(requester: Requester): Promise<void> {
    const { deviceId, identity, signedPreKey, preKeys } = this.#record;
    const unused = preKeys.filter(({ used }) => !used);
    await publishBundle(requester, deviceId, identity, signedPreKey, unused);
  }

  /**
   * Opens a message, unless more than `mayMiss` of its sender's are missing before it: then nothing has happened. Throws what
   * `decryptEnvelope` of the OMEMO library throws.
   */
  decrypt(from: string, envelope: Envelope, mayMiss: number): Promise<DecryptedMessage | Gap> {
    return this.#exclusive(async () => {
      const key = sessionKey(from, envelope.senderDeviceId);
      const opened = await decryptEnvelope(this.#local(), this.#record.sessions[key], envelope, this.#preKeys());
      const missing = this.#missingIn(opened.session, envelope);
      if (missing > mayMiss) return { gap: missing };
      const record = withSession(this.#record, key, opened.session);
      const next = opened.usedPreKeyId === undefined ? record : await replacePreKey(record, opened.usedPreKeyId);
      await this.#save(next);
      return {
        messageKey: opened.messageKey,
        missing,
        bundleChanged: next.preKeys !== record.preKeys,
        ...(opened.text === undefined ? {} : { text: opened.text }),
      };
    });
  }

  /**
   * One payload for the given devices of `jid`: a device with a bundle gets a new session, any other must have one. The
   * stanza that `compose` makes of it is in the outbox when this resolves. Throws NoUsableDevice.
   */
  encrypt(
    jid: string,
    deviceIds: readonly number[],
    bundles: ReadonlyMap<number, PreKeyBundle>,
    payload: SealedPayload,
    compose: (envelope: string) => OutboxEntry,
  ): Promise<OutboxEntry> {
    return this.#exclusive(async () => {
      const remotes = await Promise.all(deviceIds.map((deviceId) => this.#remote(jid, deviceId, bundles.get(deviceId))));
      const usable = remotes.filter((remote) => remote !== undefined);
      if (usable.length === 0) throw new NoUsableDevice(`no device of ${jid} can be encrypted to`);
      const { envelope, devices } = await encryptFor(this.#local(), usable, payload);
      const entry = compose(envelope);
      let record: PhoneRecord = { ...this.#record, outbox: [...this.#record.outbox, entry] };
      for (const { deviceId, session } of devices) record = withSession(record, sessionKey(jid, deviceId), session);
      await this.#save(record);
      return entry;
    });
  }

  /** Forgets stanzas that the server has acknowledged. */
  settle(ids: ReadonlySet<string>): Promise<void> {
    return this.#exclusive(async () => {
      const outbox = this.#record.outbox.filter(({ id }) => !ids.has(id));
      if (outbox.length < this.#record.outbox.length) await this.#save({ ...this.#record, outbox });
    });
  }

  async #save(record: PhoneRecord): Promise<void> {
    await this.#storage.save(record);
    this.#record = record;
  }

  async #remote(jid: string, deviceId: number, bundle: PreKeyBundle | undefined): Promise<RemoteDevice | undefined> {
    const known = this.#record.sessions[sessionKey(jid, deviceId)];
    const session = bundle === undefined ? known : await this.#startSession(bundle, known);
    return session && { deviceId, session };
  }

  async #startSession(bundle: PreKeyBundle, previous: SessionRecord | undefined): Promise<SessionRecord | undefined> {
    try {
      return await startSession(this.#record.identity, bundle, previous);
    } catch (error) {
      // A device with a bad bundle is not written to; the others are.
      if (error instanceof BadPreKeyBundle) return undefined;
      throw error;
    }
  }

  /** Only the session that has opened the message says what is missing: before, nobody knows which of several it belongs to. */
  #missingIn(opened: SessionRecord, envelope: Envelope): number {
    const key = keyFor(envelope, this.#record.deviceId);
    return key === undefined ? 0 : missingBefore(opened, key.message);
  }

  #local(): LocalDevice {
    return { deviceId: this.#record.deviceId, identity: this.#record.identity };
  }

  #preKeys(): PreKeyLookup {
    const { preKeys, signedPreKey } = this.#record;
    return {
      preKey: (id) => Promise.resolve(preKeys.find((key) => key.id === id)?.keyPair),
      signedPreKey: (id) => Promise.resolve(id === signedPreKey.id ? signedPreKey.keyPair : undefined),
    };
  }
}

function withSession(record: PhoneRecord, key: string, session: SessionRecord): PhoneRecord {
  return { ...record, sessions: { ...record.sessions, [key]: session } };
}
