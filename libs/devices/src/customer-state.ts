import type { IdentityRecord } from '@multiconnect/message-store';
import type { SessionRecord } from '@multiconnect/signal';

/** What the owner of a shard knows of one customer's devices. Replaced, never changed. */
export interface CustomerState {
  readonly customer: string;
  readonly slot: number;
  readonly listedAtMs?: number;
  readonly listed: readonly number[];
  /** The list stands in the store as it is here. */
  readonly isListStored: boolean;
  readonly sessions: ReadonlyMap<number, SessionRecord>;
  /** Listed devices for which the network had no usable bundle when it was asked. In memory only. */
  readonly passedOver?: ReadonlySet<number>;
  /** Identity keys that the customer's devices have or had, base64: of those in the store, and of those since. */
  readonly identityKeys?: ReadonlySet<string>;
  /** Undefined before the first session. */
  readonly identity?: IdentityRecord;
  /** The identity stands in the store as it is here. Absent: it does. */
  readonly isIdentityStored?: boolean;
  /** When the customer wrote last, as far as is known; undefined when never. */
  readonly heardAtMs?: number;
  /** By device: how many of its messages are missing for good, or have been waited for long enough. In memory only. */
  readonly missing?: ReadonlyMap<number, number>;
}
