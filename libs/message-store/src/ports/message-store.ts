import type { Acceptance } from './acceptance.ts';
import type { Accounts } from './accounts.ts';
import type { Backups } from './backups.ts';
import type { CallbackQueue } from './callbacks.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { HeldCallbacks } from './held-callbacks.ts';
import type { Housekeeping } from './housekeeping.ts';
import type { Identities } from './identities.ts';
import type { Inbox } from './inbox.ts';
import type { MediaCatalogue } from './media.ts';
import type { MediaProviders } from './media-providers.ts';
import type { Outbox } from './outbox.ts';
import type { Pins, Profiles } from './profiles.ts';
import type { PreKeys, Ratchets } from './ratchets.ts';
import type { ReceivedMessages } from './received-messages.ts';
import type { Certificates, Contacts, Settings, Users } from './records.ts';
import type { Stickerpacks } from './stickerpacks.ts';

/** The store cannot be used now: it does not answer, or its schema has not come yet. Wait. The message says why. */
export class StoreUnusable extends Error {
  override readonly name: string = 'StoreUnusable';
}

/** The store will not do until somebody changes it: too old a server, missing rights, a newer schema. */
export class StoreRefused extends StoreUnusable {
  override readonly name = 'StoreRefused';
}

/** The whole store: small ports over one database. */
export interface MessageStore {
  readonly acceptance: Acceptance;
  readonly accounts: Accounts;
  readonly backups: Backups;
  readonly callbacks: CallbackQueue;
  readonly certificates: Certificates;
  readonly contacts: Contacts;
  readonly deadLetters: DeadLetters;
  readonly heldCallbacks: HeldCallbacks;
  readonly housekeeping: Housekeeping;
  readonly identities: Identities;
  readonly inbox: Inbox;
  readonly media: MediaCatalogue;
  readonly mediaProviders: MediaProviders;
  readonly outbox: Outbox;
  readonly pins: Pins;
  readonly profiles: Profiles;
  readonly preKeys: PreKeys;
  readonly ratchets: Ratchets;
  readonly received: ReceivedMessages;
  readonly settings: Settings;
  readonly stickerpacks: Stickerpacks;
  readonly users: Users;
  /** Brings the schema up to date, one process at a time. Throws {@link StoreUnusable}. */
  migrate(): Promise<void>;
  /** Throws {@link StoreUnusable} when the database cannot serve this version. */
  check(): Promise<void>;
  close(): Promise<void>;
}
