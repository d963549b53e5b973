import type { Clock } from '@multiconnect/clock';
import type { CallbackEvent } from '@multiconnect/contract';
import type { CallbackQueue, Fenced, ShardTenure } from '@multiconnect/message-store';
import type { CallbackSender } from './sender.ts';

/** Read anew at every attempt. */
export interface DeliverySettings {
  /** `""`: callbacks wait. */
  readonly url: string;
  readonly maxConcurrentRequests: number;
  readonly backoffDelayMs: number;
  readonly maxBackoffDelayMs: number;
  /** Age from which a failed callback becomes a dead letter. */
  readonly deadAfterMs: number;
}

export interface DeliveryLog {
  isLevelEnabled(level: 'debug'): boolean;
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface DeliveryMetrics {
  /** An attempt ended; `reason`: why it failed. */
  attempted(kind: CallbackEvent['kind'], reason: string | undefined, durationMs: number): void;
  /** Something could have been sent, but as many as allowed were under way. */
  limited(): void;
  /** `ageMs`: from the event's commit to the 200. */
  delivered(kind: CallbackEvent['kind'], ageMs: number): void;
  failed(kind: CallbackEvent['kind'], reason: string): void;
  buried(kind: CallbackEvent['kind'], reason: string): void;
}

export interface CallbackDeliveryOptions {
  readonly tenure: ShardTenure;
  /** The shard's slots; `[-1]` for the control shard. */
  readonly slots: readonly number[];
  readonly queue: CallbackQueue;
  readonly sender: CallbackSender;
  readonly settings: () => DeliverySettings;
  readonly clock: Clock;
  /** Carries account, shard and epoch. */
  readonly log: DeliveryLog;
  readonly metrics?: DeliveryMetrics;
  /** Subscribes to commits of callbacks by this process; answers how to unsubscribe. */
  readonly subscribe?: (wake: () => void) => () => void;
  /** Called once when the shard turns out to be another's. Nothing is sent from then on. */
  readonly onFenced?: (error: Fenced) => void;
  /** Callbacks held in memory. */
  readonly windowSize?: number;
}

export interface CallbackDelivery {
  /** There may be new callbacks, or new settings. */
  wake(): void;
  /** Sends nothing more, lets what is in flight finish for a second, writes down the outcomes. */
  stop(): Promise<void>;
}
