import type { Seal } from '@multiconnect/vault';
import type { MessageStore } from '../ports/message-store.ts';
import { createAcceptance } from './acceptance.ts';
import { createAccounts } from './accounts.ts';
import { createBackups } from './backups.ts';
import { createCallbackQueue } from './callbacks.ts';
import { openDatabase, type PostgresConnection, type StatementObserver } from './database.ts';
import { createDeadLetters } from './dead-letters.ts';
import { createHeldCallbacks } from './held-callbacks.ts';
import { createHousekeeping } from './housekeeping.ts';
import { createIdentities } from './identities.ts';
import { createInbox } from './inbox.ts';
import { createMediaCatalogue } from './media.ts';
import { createMediaProviders } from './media-providers.ts';
import { createOutbox } from './outbox.ts';
import { createPins, createProfiles } from './profiles.ts';
import { createPreKeys, createRatchets } from './ratchets.ts';
import { createReceivedMessages } from './received-messages.ts';
import { createCertificates, createContacts, createSettings, createUsers } from './records.ts';
import { check, migrate } from './schema.ts';
import { createStickerpacks } from './stickerpacks.ts';

export interface StoreOptions {
  readonly connection: PostgresConnection;
  readonly seal: Seal;
  readonly maxConnections: number;
  readonly applicationName: string;
  /** Hears of idle connections that broke; they are replaced. */
  readonly onConnectionLost: (error: Error) => void;
  readonly onStatement?: StatementObserver;
  /** How long a statement may wait for its answer; 10 s unless given. */
  readonly answerTimeoutMs?: number;
}

/** The message store on PostgreSQL. Opening connects nothing; the first statement does. */
export function openMessageStore(options: StoreOptions): MessageStore {
  const { connection, seal } = options;
  const database = openDatabase(connection, options);
  return {
    acceptance: createAcceptance(database),
    accounts: createAccounts(database, seal),
    backups: createBackups(database, seal),
    callbacks: createCallbackQueue(database),
    certificates: createCertificates(database, seal),
    contacts: createContacts(database),
    deadLetters: createDeadLetters(database),
    heldCallbacks: createHeldCallbacks(database, seal),
    housekeeping: createHousekeeping(database),
    identities: createIdentities(database),
    inbox: createInbox(database, seal),
    media: createMediaCatalogue(database, seal),
    mediaProviders: createMediaProviders(database, seal),
    outbox: createOutbox(database, seal),
    pins: createPins(database),
    profiles: createProfiles(database),
    preKeys: createPreKeys(database, seal),
    ratchets: createRatchets(database, seal),
    received: createReceivedMessages(database),
    settings: createSettings(database),
    stickerpacks: createStickerpacks(database),
    users: createUsers(database),
    migrate: () => migrate(connection),
    check: () => check(connection),
    close: () => database.close(),
  };
}
