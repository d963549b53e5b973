import type { InboundEvent } from '@multiconnect/contract';
import type { FileToFetch } from './held-callbacks.ts';
import type { IdentityChange } from './identities.ts';
import type { Failure, Moved, Offer, ReportedStatuses, StateChange } from './outbox.ts';
import type { DeviceList, SessionChange } from './ratchets.ts';
import type { ShardTenure } from './fencing.ts';

/** A stanza as it came from the chat server. */
export interface ReceivedStanza {
  readonly customer: string;
  readonly slot: number;
  readonly stanzaId: string;
  /** Of what makes the stanza itself, delivery stamps left out: the same after redelivery. */
  readonly stanzaHash: Uint8Array;
  readonly stanza: string;
  /** The server's delay stamp, when it has one. */
  readonly delayedAtMs?: number;
}

export interface InboxRow extends ReceivedStanza {
  readonly seq: number;
  readonly receivedAtMs: number;
}

/** A message from a customer, and the callback that it becomes. */
export interface ReceivedMessage {
  readonly customer: string;
  readonly slot: number;
  readonly event: InboundEvent;
  readonly body: object;
  readonly trace?: string;
  /** The callback, and what is behind it for this customer, waits for these. */
  readonly files?: readonly FileToFetch[];
}

/** A customer's message that the customer has deleted, or a message to the customer that something is wrong with. */
export interface ReportedStatus {
  readonly customer: string;
  readonly id: string;
  readonly status: 'deleted' | 'warning';
  readonly atMs: number;
}

/** Everything that taking stanzas from the inbox changes, in one transaction under the epoch. */
export interface Received {
  readonly taken: readonly number[];
  /** Of those taken: kept as dead letters. */
  readonly buried?: readonly { readonly seq: number; readonly reason: string }[];
  readonly messages: readonly ReceivedMessage[];
  readonly sessions: readonly SessionChange[];
  readonly usedPreKeys: readonly number[];
  readonly deviceLists: readonly (DeviceList & { slot: number })[];
  readonly identities?: readonly IdentityChange[];
  readonly changes: readonly StateChange[];
  readonly failures: readonly Failure[];
  /** Choices that a customer has taken one of: they are not offered any longer. */
  readonly answered: readonly Pick<Offer, 'customer' | 'slot' | 'messageId'>[];
  readonly statuses: readonly ReportedStatus[];
  /** Customers who are at another number now. */
  readonly changedNumbers: readonly { readonly customer: string; readonly newWaId: string }[];
}

/** What messages from customers refer to. */
export interface RecallQuery {
  /** Whose offered choices are wanted. */
  readonly offers: readonly Pick<Offer, 'customer' | 'slot'>[];
  /** Older ones are forgotten. */
  readonly offeredAfterMs: number;
  /** Customers' own messages, by the ids that their phones gave them. */
  readonly messages: readonly { readonly customer: string; readonly stanzaId: string }[];
}

export interface Recalled {
  readonly offers: readonly Omit<Offer, 'slot'>[];
  readonly messages: readonly { readonly customer: string; readonly stanzaId: string; readonly id: string }[];
}

/** Where stanzas wait between the server's delivery and the owner of the sender's shard. */
export interface Inbox {
  /**
   * INVARIANT: resolves once the stanzas are committed; only then may the stream count them. One that is there already
   * is stored once. Throws {@link Fenced}.
   */
  store(receiver: ShardTenure, stanzas: readonly ReceivedStanza[]): Promise<void>;
  /** In order of arrival, from `afterSeq` on. */
  next(account: number, slots: readonly number[], afterSeq: number, limit: number): Promise<readonly InboxRow[]>;
  /** One query for all of it. */
  recall(account: number, query: RecallQuery): Promise<Recalled>;
  /** Throws {@link Fenced}. */
  take(tenure: ShardTenure, received: Received, reported: ReportedStatuses): Promise<readonly Moved[]>;
}
