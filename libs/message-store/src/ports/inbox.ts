import type { InboundEvent } from '@multiconnect/contract';
import type { Failure, Moved, ReportedStatuses, StateChange } from './outbox.ts';
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

/** Everything that taking stanzas from the inbox changes, in one transaction under the epoch. */
export interface Received {
  readonly taken: readonly number[];
  readonly messages: readonly { customer: string; slot: number; event: InboundEvent; body: object; trace?: string }[];
  readonly sessions: readonly SessionChange[];
  readonly usedPreKeys: readonly number[];
  readonly deviceLists: readonly (DeviceList & { slot: number })[];
  readonly changes: readonly StateChange[];
  readonly failures: readonly Failure[];
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
  /** Throws {@link Fenced}. */
  take(tenure: ShardTenure, received: Received, reported: ReportedStatuses): Promise<readonly Moved[]>;
}
