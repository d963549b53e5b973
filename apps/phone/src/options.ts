import type { InboundContent, OutboundContent, PhoneNotice, SentFile } from '@multiconnect/contract';
import type { ShownProfile } from '@multiconnect/profile';
import type { StreamClosed, Route } from '@multiconnect/xmpp';
import type { PhoneFile } from './uploads.ts';
import type { PhoneAccount } from './record.ts';
import type { PhoneStorage } from './storage.ts';

/** A message as the phone shows it. */
export interface ShownMessage {
  /** The stanza's id: for `markRead`. */
  readonly id: string;
  /** Bare JID. */
  readonly from: string;
  /** wa_id digits. */
  readonly fromNumber: string;
  readonly text: string;
  /** The message as more than text, when its sender sent more and this phone understands it. */
  readonly content?: OutboundContent;
  /** When it was shown. */
  readonly at: Date;
  /** When the server first saw it, milliseconds since 1970, if it had to wait there. */
  readonly delayedAtMs?: number;
}

/** What became of a message of ours. */
export interface MessageStatus {
  readonly id: string;
  /** Bare JID. */
  readonly from: string;
  readonly status: 'delivered' | 'read' | 'failed';
  /** Of a failure: the stanza error's condition (RFC 6120, 8.3.3). */
  readonly condition?: string;
}

/** A stanza that could not be shown. A fresh session with its sender is being started where that can help. */
export interface Undecryptable {
  /** Name of the error, such as "UnknownPreKey". */
  readonly reason: string;
  /** Bare JID. */
  readonly from: string;
  readonly id: string;
}

/** The source of wall time, milliseconds since 1970. */
export interface PhoneClock {
  nowMs(): number;
}

export interface PhoneEvents {
  onMessage(message: ShownMessage): void;
  onStatus?(status: MessageStatus): void;
  onUndecryptable?(undecryptable: Undecryptable): void;
  /** A ciphertext that had been shown before came again: answered with another receipt, not shown. */
  onDuplicate?(id: string): void;
  onOnline?(): void;
  /** Another attempt follows, except after `conflict` and `not-authorized`. */
  onOffline?(reason: StreamClosed): void;
}

export interface PhoneOptions extends PhoneAccount, PhoneEvents {
  readonly routes: readonly Route[];
  /** PEM. */
  readonly ca?: string;
  readonly storage: PhoneStorage;
  /** False of a phone that cannot show templates: it tells their senders so. Default true. */
  readonly rendersTemplates?: boolean;
  /** Upload services that files are fetched from wherever they are, also over plain HTTP: those on this machine. */
  readonly uploadOrigins?: readonly string[];
  /** The name that its person goes by (XEP-0172); every message then tells it to its receiver. */
  readonly nickname?: string;
  /** Whether messages are confirmed to their senders. Default true. */
  readonly receipts?: boolean;
  /** One-time prekeys kept published. Default 100. */
  readonly preKeyCount?: number;
  /** Default 30,000. */
  readonly keepAliveIntervalMs?: number;
  readonly clock?: PhoneClock;
  /** Aborted before the phone is online, `openPhone` rejects with what the last attempt failed with. */
  readonly signal?: AbortSignal;
}

export interface PhoneCounters {
  readonly shown: number;
  /** Ciphertexts that had been shown before. */
  readonly duplicates: number;
  readonly undecryptable: number;
  readonly receipts: number;
}

export interface Phone {
  readonly number: string;
  /** Bare JID. */
  readonly jid: string;
  readonly deviceId: number;
  readonly online: boolean;
  readonly counters: PhoneCounters;
  /**
   * Sends to a bare JID, or to a number (wa_id, `+` tolerated) at the phone's own domain. Resolves with the message's id
   * at the server's acknowledgement, however many connections that takes; the order of the calls is kept per recipient.
   * Rejects with NoUsableDevice, PhoneClosed, or the stream's IqTimeout.
   */
  send(to: string, text: string): Promise<string>;
  /** The same, for more than text. */
  sendContent(to: string, content: InboundContent): Promise<string>;
  /**
   * Uploads an encrypted copy of a file and sends the message that it is; several come in the order that their uploads end. Rejects
   * also with UploadFailed, UploadRefused, and the errors of the file.
   */
  sendFile(to: string, file: PhoneFile): Promise<string>;
  /** Takes back a message of one's own, by the id that sending it gave. */
  deleteMessage(to: string, id: string): Promise<string>;
  /** Tells what is no message of the phone's person. Resolves as `send`. */
  notify(to: string, notice: PhoneNotice): Promise<string>;
  /**
   * The file of a shown message, decrypted; in memory as a whole. Rejects with the media library's LinkRefused, FetchFailed,
   * MediaTooLarge and MediaDamaged.
   */
  download(file: SentFile): Promise<Uint8Array>;
  /** Tells the sender that a shown message has been read; an unknown or forgotten id is passed over. */
  markRead(id: string): void;
  /** From now on the server lets nothing of theirs through (XEP-0191). Addressed as for `send`. Rejects with the stream's errors. */
  block(whom: string): Promise<void>;
  /** What somebody shows of themselves, addressed as for `send`; undefined when they show nothing. */
  profileOf(of: string): Promise<ShownProfile | undefined>;
  /** Ends the connection in good order. */
  close(): Promise<void>;
  /** Destroys the connection now, as a battery pulled out would. */
  abort(): void;
}

/** The phone was closed, or the server turned it away for good. What was encrypted stays in the storage and is resent. */
export class PhoneClosed extends Error {
  override readonly name = 'PhoneClosed';
}
