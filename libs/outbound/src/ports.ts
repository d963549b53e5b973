import type { Clock } from '@multiconnect/clock';
import type { AcceptedContent, OutboundContent } from '@multiconnect/contract';
import type { DeviceBook, Discovery } from '@multiconnect/devices';
import type { AcceptedRow, Fenced, Moved, Outbox, ReportedStatuses, ShardTenure } from '@multiconnect/message-store';
import type { LocalDevice } from '@multiconnect/omemo';
import type { SendingRules } from './rules.ts';

/** Where stanzas leave: the shard's stream. Writes at once, in order; throws when the stream has closed. */
export interface Outlet {
  send(stanza: string, id: string): void;
}

export interface Preparation {
  readonly row: AcceptedRow;
  readonly content: AcceptedContent;
  readonly signal: AbortSignal;
}

/** Puts in place what a message only names: its file, and the message that it is about. */
export interface Preparer {
  /**
   * May be asked again for the same message, by another process too, and repeats no work that has been done. Rejects with
   * MessageRefused when it will never be done, with {@link SourceTrouble} when somebody else's server did not do its part this
   * time, and with anything else when this side could not.
   */
  prepare(preparation: Preparation): Promise<OutboundContent>;
}

/** The server that a file comes from failed this time. In the end the message fails with it. */
export class SourceTrouble extends Error {
  override readonly name = 'SourceTrouble';
}

export interface SenderOptions {
  readonly tenure: ShardTenure;
  /** Aborted when the tenure ends. */
  readonly signal: AbortSignal;
  readonly slots: readonly number[];
  /** The chat network's domain: customers are `+<wa_id>@domain`. */
  readonly domain: string;
  readonly local: LocalDevice;
  readonly outbox: Outbox;
  readonly book: DeviceBook;
  readonly discovery: Discovery;
  readonly preparer: Preparer;
  readonly reported: () => ReportedStatuses;
  readonly rules: () => SendingRules;
  readonly clock: Clock;
  readonly limits: SenderLimits;
  /** Rows were written that callbacks may come of. */
  readonly onProgress: (moved: readonly Moved[]) => void;
  readonly onSent: (rows: readonly AcceptedRow[]) => void;
  /** A message was given up and is a dead letter. */
  readonly onBuried: (reason: string) => void;
  readonly onFenced: (error: Fenced) => void;
  readonly onTrouble: (what: string, error: unknown) => void;
}

export interface SenderLimits {
  /** Accepted messages held in memory, about: at most twice as many. */
  readonly maxLoaded: number;
  /** Messages encrypted and committed together. */
  readonly maxBatch: number;
  /** Messages on their way to the server without an acknowledgement. */
  readonly maxInFlight: number;
  /** Customers whose devices are looked up at the same time. */
  readonly maxDiscoveries: number;
  /** Customers whose next message is prepared at the same time. */
  readonly maxPreparations: number;
  /** For one, with a file of any size. */
  readonly maxPreparationMs: number;
}

export const defaultSenderLimits: SenderLimits = {
  maxLoaded: 2_000,
  maxBatch: 128,
  maxInFlight: 2_000,
  maxDiscoveries: 32,
  maxPreparations: 16,
  maxPreparationMs: 900_000,
};

export interface Sender {
  /** A new stream stands: first what was committed and not acknowledged goes out again, then what is new. */
  online(outlet: Outlet): void;
  offline(): void;
  /** Resolves when these messages are past `accepted`, or wait for something other than their turn. */
  hint(ids: readonly string[]): Promise<void>;
  acknowledged(ids: readonly string[]): void;
  /** Starts a fresh session with a device that could not be understood, once in a while. */
  heal(customer: string, slot: number, deviceId: number): Promise<void>;
  /** To be called about every second: finds what no hint named and what was parked. */
  sweep(): void;
  /** Messages in memory that are not acknowledged yet. */
  readonly backlog: number;
  /** Resolves when no write of this sender is under way, and none will be. */
  stop(): Promise<void>;
}
