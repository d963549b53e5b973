/** Ages at which messages become garbage. What is pending never does. */
export interface GarbageAges {
  /** Messages that are read, failed or marked read. Milliseconds since 1970. */
  readonly finishedBeforeMs: number;
  /** Messages that may still be delivered, read or marked read. Milliseconds since 1970; at most `finishedBeforeMs`. */
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
  readonly deadCallbacks: number;
  readonly inbox: number;
  readonly ciphertexts: number;
  readonly sessions: number;
}

export interface StoreVersions {
  /** Migrations that the schema has had. */
  readonly schema: number;
  /** Of the server. */
  readonly server: string;
}

/** What keeps the store small, and tells how large it is. */
export interface Housekeeping {
  /** One short statement: looks at about `amount` messages of a slot, oldest first. */
  collect(account: number, slot: number, ages: GarbageAges, amount: number, after?: string): Promise<CollectedStep>;
  /** Expensive: counts whole tables. */
  statistics(account: number): Promise<StoreStatistics>;
  versions(): Promise<StoreVersions>;
}
