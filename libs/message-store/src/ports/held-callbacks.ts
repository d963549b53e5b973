import type { InboundEvent } from '@multiconnect/contract';
import type { ShardTenure } from './fencing.ts';

/** A file of a customer's message that is still at the chat network. The URL holds its key: kept sealed, and only until it is fetched. */
export interface FileToFetch {
  /** `link`: the message's file too, whose bytes say what type of message it is. */
  readonly place: 'message' | 'link' | 'referral';
  readonly url: string;
  /** What the sender says that it is. */
  readonly contentType?: string;
  readonly filename?: string;
}

/** A callback that waits for files. What is behind it for the same customer waits too, and nobody else's. */
export interface HeldCallback {
  readonly seq: number;
  readonly customer: string;
  /** As far as it is known without the files. */
  readonly event: InboundEvent;
  readonly files: readonly FileToFetch[];
  readonly createdAtMs: number;
}

export interface HeldCallbacks {
  /** The first held callback of each customer of these slots, in order, those of some customers left out. */
  first(account: number, slots: readonly number[], without: readonly string[], limit: number): Promise<readonly HeldCallback[]>;
  /** Lets it go as `event`; the keys are gone with this. One that is released already stays as it is. Throws {@link Fenced}. */
  release(tenure: ShardTenure, seq: number, event: InboundEvent): Promise<void>;
}
