import { randomUUID } from 'node:crypto';
import { contentElement, plainRendering, readContent, UnreadableContent } from '@multiconnect/content';
import { type InboundContent, type OutboundContent, outboundContent, type PhoneNotice, type SentFile } from '@multiconnect/contract';
import {
  type Envelope,
  fetchBundle,
  fetchDeviceList,
  keyTransport,
  MalformedOmemo,
  NotForThisDevice,
  publishDeviceList,
  readEnvelope,
  type SealedPayload,
  sealPayload,
} from '@multiconnect/omemo';
import {
  DuplicateMessage,
  NoSession,
  type PreKeyBundle,
  UnknownPreKey,
  UntrustedOrCorruptMessage,
} from '@multiconnect/signal';
import { fetchProfile, type ShownProfile } from '@multiconnect/profile';
import { delayStamp, type Element, stanzaError, type XmppStream } from '@multiconnect/xmpp';
import { type DecryptedMessage, Device } from './device.ts';
import { createPhoneFiles, type PhoneFiles } from './files.ts';
import { fileMessage, type PhoneFile, Uploads } from './uploads.ts';
import { Line } from './line.ts';
import type { Phone, PhoneCounters, PhoneOptions } from './options.ts';
import { type OutboxEntry, sessionKey } from './record.ts';
import { type Serial, serial } from './serial.ts';
import {
  asksForReceipt,
  bareJid,
  blockRequest,
  chatMessage,
  confirmationIn,
  displayedMarker,
  keyTransportMessage,
  numberOf,
  receipt,
} from './stanzas.ts';
import { Turns } from './turns.ts';

const defaultPreKeyCount = 100;
/** For a message that was written before one that has come. */
const gapWaitMs = 5_000;
/** A sender whose messages stay unreadable gets no fresh session more often than this. */
const freshSessionIntervalMs = 30_000;
/** Shown messages that `markRead` still knows. */
const maxReadable = 1_000;

/**
 * Switches a phone on. Resolves when it is online: device and prekeys published, presence sent. It reconnects until
 * closed, or until another phone takes its place. Rejects with NotAuthorized, StreamConflict, and with the last attempt's
 * failure when `signal` is aborted.
 */
export async function openPhone(options: PhoneOptions): Promise<Phone> {
  const { number, jid, password, preKeyCount = defaultPreKeyCount } = options;
  const device = await Device.open(options.storage, { number, jid, password }, preKeyCount);
  const phone = new OpenPhone(options, device);
  await phone.opened();
  return phone;
}

interface SentPayload {
  readonly payload: SealedPayload;
  /** Beside it, under its key. */
  readonly content?: InboundContent | PhoneNotice;
}

class OpenPhone implements Phone {
  readonly number: string;
  readonly jid: string;
  readonly #options: PhoneOptions;
  readonly #device: Device;
  readonly #line: Line;
  readonly #files: PhoneFiles;
  readonly #uploads: Uploads;
  readonly #turns = new Turns(gapWaitMs, () => this.#line.collectOffline());
  readonly #counters = { shown: 0, duplicates: 0, undecryptable: 0, receipts: 0 };
  readonly #lanes = new Map<string, Serial>();
  readonly #deviceLists = new Map<string, readonly number[]>();
  readonly #freshSessions = new Map<string, number>();
  /** Message id to the full JID that it came from. */
  readonly #readable = new Map<string, string>();
  #bundleDue = true;
  #publishing = false;

  constructor(options: PhoneOptions, device: Device) {
    this.number = options.number;
    this.jid = options.jid;
    this.#options = options;
    this.#device = device;
    this.#files = createPhoneFiles(options.uploadOrigins ?? []);
    this.#line = new Line(options, `phone-${device.id}`, device.outbox, {
      prepare: (stream) => this.#prepare(stream),
      onStanza: (stanza) => this.#received(stanza),
      onAcknowledged: (ids) => void device.settle(new Set(ids)).catch(keepInOutbox),
    });
    this.#uploads = new Uploads(this.#line, this.#domain);
  }

  get deviceId(): number {
    return this.#device.id;
  }

  get online(): boolean {
    return this.#line.online;
  }

  get counters(): PhoneCounters {
    return { ...this.#counters };
  }

  opened(): Promise<void> {
    return this.#line.opened();
  }

  send(to: string, text: string): Promise<string> {
    if (this.#options.nickname === undefined) return this.#sendPayload(to, { payload: sealPayload(text) });
    return this.sendContent(to, { type: 'text', text: { body: text } });
  }

  sendContent(to: string, content: InboundContent): Promise<string> {
    const { nickname } = this.#options;
    const signed = nickname === undefined ? content : { ...content, profile: { name: nickname } };
    return this.#sendPayload(to, { payload: sealPayload(plainRendering(content)), content: signed });
  }

  async sendFile(to: string, file: PhoneFile): Promise<string> {
    return this.sendContent(to, fileMessage(file, await this.#uploads.upload(file)));
  }

  notify(to: string, notice: PhoneNotice): Promise<string> {
    return this.#sendPayload(to, { payload: keyTransport(), content: notice });
  }

  deleteMessage(to: string, id: string): Promise<string> {
    return this.notify(to, { type: 'deleted', deleted: { message_id: id } });
  }

  download(file: SentFile): Promise<Uint8Array> {
    return this.#files.download(file);
  }

  async #sendPayload(to: string, sent: SentPayload): Promise<string> {
    const jid = this.#addressOf(to);
    const lane = this.#lanes.get(jid) ?? serial();
    this.#lanes.set(jid, lane);
    const id = randomUUID();
    const { acknowledged } = await lane(async () => ({ acknowledged: this.#line.send(await this.#encrypt(jid, id, sent)) }));
    await acknowledged;
    return id;
  }

  markRead(id: string): void {
    const from = this.#readable.get(id);
    if (from === undefined) return;
    this.#readable.delete(id);
    // A phone closed before it is acknowledged has nobody to tell.
    this.#line.send({ id: `read-${id}`, stanza: displayedMarker(from, id).toString() }).catch(() => undefined);
  }

  async block(whom: string): Promise<void> {
    await this.#line.request({ type: 'set', payload: blockRequest(this.#addressOf(whom)) });
  }

  profileOf(of: string): Promise<ShownProfile | undefined> {
    return fetchProfile(this.#line, this.#addressOf(of));
  }

  async close(): Promise<void> {
    this.#turns.close();
    await Promise.all([this.#line.close(), this.#files.close(), this.#uploads.close()]);
  }

  abort(): void {
    this.#turns.close();
    this.#line.abort();
    void this.#files.close();
    void this.#uploads.close();
  }

  async #prepare(stream: XmppStream): Promise<void> {
    const listed = await fetchDeviceList(stream, this.jid);
    if (!listed.includes(this.#device.id)) await publishDeviceList(stream, [...listed, this.#device.id]);
    if (!this.#bundleDue) return;
    await this.#device.publish(stream);
    this.#bundleDue = false;
  }

  #received(stanza: Element): Promise<void> | undefined {
    const sender = String(stanza.attrs['from'] ?? this.jid);
    const from = bareJid(sender);
    if (stanza.name !== 'message' || from === this.jid) return undefined;
    const error = stanzaError(stanza);
    if (error !== undefined) {
      const id = String(stanza.attrs['id'] ?? '');
      this.#options.onStatus?.({ id, from, status: 'failed', condition: error.condition });
      return undefined;
    }
    const confirmation = confirmationIn(stanza);
    if (confirmation === undefined) return this.#message(stanza, sender);
    this.#options.onStatus?.({ ...confirmation, from });
    return undefined;
  }

  async #message(stanza: Element, sender: string): Promise<void> {
    const from = bareJid(sender);
    let envelope: Envelope | undefined;
    let decrypted: DecryptedMessage;
    try {
      envelope = readEnvelope(stanza);
      if (envelope === undefined) {
        this.#plain(stanza, from);
        return;
      }
      decrypted = await this.#decrypt(from, envelope);
    } catch (error) {
      if (error instanceof DuplicateMessage) this.#repeated(stanza, sender);
      else if (isUnreadable(error)) this.#unreadable(stanza, from, error, envelope);
      else throw error;
      return;
    }
    if (decrypted.text === undefined) return;
    const content = contentIn(stanza, decrypted.messageKey);
    if (content?.type === 'template' && this.#options.rendersTemplates === false) this.#refuse(stanza, sender);
    else this.#show(stanza, sender, decrypted.text, content);
  }

  async #decrypt(from: string, envelope: Envelope): Promise<DecryptedMessage> {
    const { senderDeviceId } = envelope;
    if (this.#deviceLists.get(from)?.includes(senderDeviceId) === false) this.#deviceLists.delete(from);
    const take = (mayMiss: number) => this.#device.decrypt(from, envelope, mayMiss);
    const decrypted = await this.#turns.inTurn(sessionKey(from, senderDeviceId), take);
    this.#freshSessions.delete(sessionKey(from, senderDeviceId));
    if (decrypted.bundleChanged) this.#republish();
    return decrypted;
  }

  #show(stanza: Element, sender: string, text: string, content: OutboundContent | undefined): void {
    const id = String(stanza.attrs['id'] ?? '');
    const from = bareJid(sender);
    const delayedAtMs = delayStamp(stanza)?.getTime();
    this.#counters.shown++;
    this.#remember(id, sender);
    this.#options.onMessage({
      id,
      from,
      fromNumber: numberOf(from),
      text,
      at: new Date(this.#nowMs()),
      ...(content === undefined ? {} : { content }),
      ...(delayedAtMs === undefined ? {} : { delayedAtMs }),
    });
    this.#confirm(stanza, sender);
  }

  /** It has arrived, and cannot be shown. */
  #refuse(stanza: Element, sender: string): void {
    const messageId = String(stanza.attrs['id'] ?? '');
    this.#confirm(stanza, sender);
    this.notify(bareJid(sender), { type: 'not_shown', not_shown: { message_id: messageId, reason: 'structure' } }).catch(keepInOutbox);
  }

  #repeated(stanza: Element, sender: string): void {
    this.#counters.duplicates++;
    this.#options.onDuplicate?.(String(stanza.attrs['id'] ?? ''));
    this.#confirm(stanza, sender);
  }

  #confirm(stanza: Element, sender: string): void {
    if (this.#options.receipts === false || !asksForReceipt(stanza)) return;
    this.#counters.receipts++;
    const id = String(stanza.attrs['id'] ?? '');
    // Once it has been shown, nobody sends it again for the sake of its receipt: that is sent until the server has it.
    this.#line.send({ id: `received-${id}`, stanza: receipt(sender, id).toString() }).catch(keepInOutbox);
  }

  #remember(id: string, sender: string): void {
    this.#readable.set(id, sender);
    if (this.#readable.size <= maxReadable) return;
    const oldest = this.#readable.keys().next();
    if (oldest.done !== true) this.#readable.delete(oldest.value);
  }

  #plain(stanza: Element, from: string): void {
    if (stanza.getChild('body') === undefined) return;
    this.#counters.undecryptable++;
    this.#options.onUndecryptable?.({ reason: 'NotEncrypted', from, id: String(stanza.attrs['id'] ?? '') });
  }

  #unreadable(stanza: Element, from: string, error: Error, envelope: Envelope | undefined): void {
    this.#counters.undecryptable++;
    const id = String(stanza.attrs['id'] ?? '');
    this.#options.onUndecryptable?.({ reason: error.name, from, id });
    if (envelope === undefined || error instanceof MalformedOmemo) return;
    this.#startFresh(from, envelope.senderDeviceId).catch((failure: unknown) => {
      const reason = failure instanceof Error ? failure.name : 'unknown';
      this.#options.onUndecryptable?.({ reason: `no fresh session: ${reason}`, from, id });
    });
  }

  /** A new session and a message in it, from which the other side learns to use it. */
  async #startFresh(jid: string, deviceId: number): Promise<void> {
    const key = sessionKey(jid, deviceId);
    const nowMs = this.#nowMs();
    if (nowMs - (this.#freshSessions.get(key) ?? -Infinity) < freshSessionIntervalMs) return;
    this.#freshSessions.set(key, nowMs);
    const bundle = await fetchBundle(this.#line, jid, deviceId);
    if (bundle === undefined) return;
    const id = randomUUID();
    const entry = await this.#device.encrypt(jid, [deviceId], new Map([[deviceId, bundle]]), keyTransport(), (envelope) => ({
      id,
      stanza: keyTransportMessage(jid, id, envelope),
    }));
    await this.#line.send(entry);
  }

  async #encrypt(jid: string, id: string, { payload, content }: SentPayload): Promise<OutboxEntry> {
    const deviceIds = await this.#devicesOf(jid);
    const bundles = await this.#bundlesOf(
      jid,
      deviceIds.filter((deviceId) => !this.#device.hasSession(jid, deviceId)),
    );
    const element = content === undefined ? '' : contentElement(payload.keyAndTag, content);
    // Nobody is to confirm what shows nothing.
    const compose = payload.ciphertext === undefined ? keyTransportMessage : chatMessage;
    return this.#device.encrypt(jid, deviceIds, bundles, payload, (envelope) => ({ id, stanza: compose(jid, id, `${envelope}${element}`) }));
  }

  async #devicesOf(jid: string): Promise<readonly number[]> {
    const known = this.#deviceLists.get(jid);
    if (known !== undefined) return known;
    const listed = await fetchDeviceList(this.#line, jid);
    if (listed.length > 0) this.#deviceLists.set(jid, listed);
    return listed;
  }

  async #bundlesOf(jid: string, deviceIds: readonly number[]): Promise<ReadonlyMap<number, PreKeyBundle>> {
    const bundles = new Map<number, PreKeyBundle>();
    for (const deviceId of deviceIds) {
      const bundle = await fetchBundle(this.#line, jid, deviceId).catch(nothingIfMalformed);
      if (bundle !== undefined) bundles.set(deviceId, bundle);
    }
    return bundles;
  }

  /** Publishes the bundle until what is published is current; calls that come meanwhile are merged. */
  #republish(): void {
    this.#bundleDue = true;
    if (this.#publishing) return;
    this.#publishing = true;
    const publish = async () => {
      // The first messages of a burst often use several prekeys.
      while (this.#bundleDue) {
        this.#bundleDue = false;
        await this.#device.publish(this.#line);
      }
    };
    publish()
      // Left for the next connection.
      .catch(() => (this.#bundleDue = true))
      .finally(() => (this.#publishing = false));
  }

  #addressOf(to: string): string {
    if (to.includes('@')) return bareJid(to);
    return `+${to.replace(/^\+/, '')}@${this.#domain}`;
  }

  get #domain(): string {
    return this.jid.slice(this.jid.indexOf('@') + 1);
  }

  #nowMs(): number {
    return this.#options.clock?.nowMs() ?? Date.now();
  }
}

/** The same ciphertext then goes out once more after a restart, and is dropped as a duplicate. */
function keepInOutbox(): void {
  return undefined;
}

/** What this phone does not understand it shows as its text. */
function contentIn(stanza: Element, messageKey: Uint8Array): OutboundContent | undefined {
  try {
    return outboundContent.safeParse(readContent(stanza, messageKey)).data;
  } catch (error) {
    if (error instanceof UnreadableContent) return undefined;
    throw error;
  }
}

function nothingIfMalformed(error: unknown): undefined {
  if (error instanceof MalformedOmemo) return undefined;
  throw error;
}

function isUnreadable(error: unknown): error is Error {
  return [MalformedOmemo, NotForThisDevice, NoSession, UnknownPreKey, UntrustedOrCorruptMessage].some(
    (type) => error instanceof type,
  );
}
