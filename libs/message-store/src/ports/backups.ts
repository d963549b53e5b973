import type { Account } from './accounts.ts';
import type { MediaProvider } from './media-providers.ts';
import type { Photo, ProfileName } from './profiles.ts';
import type { StoredPreKey } from './ratchets.ts';

export interface BackedUpPreKey extends StoredPreKey {
  readonly createdAtMs: number;
  readonly usedAtMs?: number;
}

type BackedUpField = 'shardCount' | 'countryCode' | 'phoneNumber' | 'waId' | 'verifiedName' | 'certificate' | 'chat' | 'identity' | 'registeredAtMs';

/**
 * All that a registered number takes with it to another cluster: no messages, no callbacks, and no ratchets, which would be
 * advanced twice. Its secrets are open.
 */
export interface NumberBackup {
  readonly account: Required<Pick<Account, BackedUpField>> & {
    /** Of two-step verification. */
    readonly pinHash?: string;
  };
  readonly preKeys: readonly BackedUpPreKey[];
  /** By the names under which they are stored. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly profiles: Readonly<Partial<Record<ProfileName, object>>>;
  readonly photo?: Photo;
  readonly mediaProviders: readonly MediaProvider[];
}

export interface Backups {
  /** As of one moment; undefined unless a number is registered. */
  read(account: number): Promise<NumberBackup | undefined>;
  /** All of it, and the number is registered; or nothing, and false, when there is a registered number already. */
  restore(account: number, backup: NumberBackup): Promise<boolean>;
}
