import type { Clock } from '@multiconnect/clock';
import type { DeviceBook, Discovery } from '@multiconnect/devices';
import type { AcceptedRow, Fenced, Moved, Outbox, ReportedStatuses, ShardTenure } from '@multiconnect/message-store';
import type { LocalDevice } from '@multiconnect/omemo';

/** Where stanzas leave: the shard's stream. Writes at once, in order; throws when the stream has closed. */
export interface Outlet {
  send(stanza: string, id: string): void;
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
  readonly reported: () => ReportedStatuses;
  readonly clock: Clock;
  readonly limits: SenderLimits;
  /** Rows were written that callbacks may come of. */
  readonly onProgress: (moved: readonly Moved[]) => void;
  readonly onSent: (rows: readonly AcceptedRow[]) => void;
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
}

export const defaultSenderLimits: SenderLimits = { maxLoaded: 2_000, maxBatch: 128, maxInFlight: 2_000, maxDiscoveries: 32 };

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
