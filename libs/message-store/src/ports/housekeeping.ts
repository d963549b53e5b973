import type { ShardTenure } from './fencing.ts';
import type { MediaDirection } from './media.ts';

/** Ages at which messages become garbage. What is pending never does. */
export interface GarbageAges {
  /** Messages of the business that are read or failed. Milliseconds since 1970. */
  readonly finishedBeforeMs: number;
  /** Messages that may still be delivered or read, and those of customers, which may be marked read and answered. Milliseconds since 1970; at most `finishedBeforeMs`. */
  readonly openBeforeMs: number;
}

export interface CollectedStep {
  readonly deleted: number;
  /** What to give as `after` to the next step; undefined: there is nothing more. */
  readonly next?: string;
}

/** How much there is, by kind. `messages` by the row's state. */
export interface StoreStatistics {
  readonly contacts: Readonly<Record<string, number>>;
  readonly messages: Readonly<Record<string, number>>;
  readonly pendingCallbacks: number;
  /** Dead letters. */
  readonly deadCallbacks: number;
  readonly deadMessages: number;
  readonly deadStanzas: number;
  readonly inbox: number;
  readonly ciphertexts: number;
  readonly sessions: number;
}

/** What waits for the owner of some slots, each up to the limit asked for. */
export interface WorkWaiting {
  readonly callbacks: number;
  /** Stanzas from customers that have not been read. */
  readonly inbox: number;
  /** Messages that the chat server does not hold yet. */
  readonly messages: number;
}

/** A file that the catalogue has let go of. */
export interface DiscardedMedia {
  readonly id: string;
  readonly direction: MediaDirection;
}

export interface StoreVersions {
  /** Migrations that the schema has had. */
  readonly schema: number;
  /** Of the server. */
  readonly server: string;
}

/** What keeps the store small, and tells how large it is. */
export interface Housekeeping {
  /** One short statement of the slot's owner: looks at about `amount` messages, oldest first. Throws {@link Fenced}. */
  collect(tenure: ShardTenure, slot: number, ages: GarbageAges, amount: number, after?: string): Promise<CollectedStep>;
  /**
   * Lets go of at most `limit` files that nothing has used since `usedBeforeMs`; answers how many. `remove` takes the files
   * themselves away before the commit: when it fails they stay listed, and one that is used meanwhile was never let go.
   * Throws {@link Fenced}.
   */
  discardMedia(tenure: ShardTenure, usedBeforeMs: number, limit: number, remove: (files: readonly DiscardedMedia[]) => Promise<void>): Promise<number>;
  /** Cheap however much there is. */
  waiting(account: number, slots: readonly number[], limit: number): Promise<WorkWaiting>;
  /** Expensive: counts whole tables. */
  statistics(account: number): Promise<StoreStatistics>;
  versions(): Promise<StoreVersions>;
}
