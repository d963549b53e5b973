import type { ApiErrorBody } from '@multiconnect/contract';
import type { IdentityChange } from './identities.ts';
import type { DeviceList, SessionChange } from './ratchets.ts';
import type { ShardTenure } from './fencing.ts';

/** An accepted message that has not been encrypted yet. */
export interface AcceptedRow {
  readonly id: string;
  readonly seq: number;
  readonly customer: string;
  readonly slot: number;
  readonly type: string;
  readonly body: unknown;
  readonly attempts: number;
  readonly acceptedAtMs: number;
  readonly trace?: string;
}

/** A committed ciphertext that the server has not acknowledged. */
export interface CiphertextRow {
  readonly id: string;
  readonly seq: number;
  readonly stanza: string;
}

export interface Encrypted {
  readonly id: string;
  readonly seq: number;
  readonly slot: number;
  readonly stanza: string;
}

/** A step forward of a message's state. */
export interface StateChange {
  readonly id: string;
  readonly state: 'sent' | 'delivered' | 'read';
  readonly atMs: number;
  /** Who says so: only messages to this customer change. Absent: the chat server says so. */
  readonly customer?: string;
}

export interface Failure {
  readonly id: string;
  readonly error: ApiErrorBody;
  readonly atMs: number;
  /** Who says so: only messages to this customer fail. Absent: the gateway itself. */
  readonly customer?: string;
  /** The state from which on it no longer fails; `delivered` unless given. */
  readonly unless?: 'delivered' | 'read';
  /** It failed each time and is a dead letter, for this reason. */
  readonly deadReason?: string;
}

/** A traced message that has just moved on. */
export interface Moved {
  readonly id: string;
  readonly state: StateChange['state'];
  /** W3C traceparent of the request that it was accepted with. */
  readonly trace: string;
}

/** Choices that a message offers, in the order that they are numbered in. */
export interface Offer {
  readonly customer: string;
  readonly slot: number;
  readonly messageId: string;
  /** Each with its `reply`, as it stands in a callback. */
  readonly choices: readonly { readonly title: string; readonly reply: object }[];
}

/** What one round of encryption changes. */
export interface EncryptedBatch {
  readonly messages: readonly Encrypted[];
  readonly sessions: readonly SessionChange[];
  readonly deviceLists: readonly (DeviceList & { readonly slot: number })[];
  readonly identities?: readonly IdentityChange[];
  /** What customers may answer by typing from now on, in place of what was offered before. */
  readonly offers?: readonly Offer[];
}

/** Statuses that become callbacks. */
export type ReportedStatuses = readonly ('sent' | 'delivered' | 'read')[];

/** What a shard's owner does with its accepted messages. Every write throws {@link Fenced} once the epoch has moved on. */
export interface Outbox {
  /** Accepted messages of these slots in order of acceptance, without the parked ones. */
  accepted(account: number, slots: readonly number[], limit: number): Promise<readonly AcceptedRow[]>;
  /** Customers of these slots that have parked messages, and until when: what is later for them waits behind. */
  parkedCustomers(account: number, slots: readonly number[]): Promise<readonly { customer: string; retryAtMs: number }[]>;
  /** Makes the messages whose time has come ready again; answers their customers. */
  unpark(tenure: ShardTenure, slots: readonly number[], nowMs: number): Promise<readonly string[]>;
  /** Committed ciphertexts of these slots without an acknowledgement, in order. */
  unacknowledged(account: number, slots: readonly number[], afterSeq: number, limit: number): Promise<readonly CiphertextRow[]>;
  /** INVARIANT: one transaction for the advanced ratchets and the ciphertexts, before the first byte is sent. */
  encrypted(tenure: ShardTenure, batch: EncryptedBatch): Promise<void>;
  /** The server holds these: state `sent`, ciphertext deleted, callbacks written, in one transaction. */
  acknowledged(tenure: ShardTenure, changes: readonly StateChange[], reported: ReportedStatuses): Promise<readonly Moved[]>;
  failed(tenure: ShardTenure, failures: readonly Failure[]): Promise<void>;
  /** The customers of these messages cannot be reached yet. */
  parked(tenure: ShardTenure, rows: readonly { id: string; retryAtMs: number; attempts: number }[]): Promise<void>;
}
