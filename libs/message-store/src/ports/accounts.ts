export type AccountState = 'unregistered' | 'code_requested' | 'registered';

/** The one OMEMO device identity of a business number. Kept for good; private parts are sealed at rest. */
export interface DeviceIdentity {
  readonly deviceId: number;
  readonly registrationId: number;
  /** 33 bytes. */
  readonly identityPublicKey: Uint8Array;
  /** 32 bytes. */
  readonly identityPrivateKey: Uint8Array;
}

export interface ChatCredentials {
  /** Bare JID. */
  readonly jid: string;
  readonly password: string;
}

export interface Account {
  readonly id: number;
  readonly state: AccountState;
  readonly shardCount: number;
  readonly countryCode?: string;
  readonly phoneNumber?: string;
  /** Digits, once a number has been given. */
  readonly waId?: string;
  readonly verifiedName?: string;
  readonly certificate?: string;
  readonly chat?: ChatCredentials;
  readonly identity?: DeviceIdentity;
  /** With which a code was requested; gone once the number is registered. Sealed at rest. */
  readonly codePin?: string;
  readonly registeredAtMs?: number;
}

/** The business numbers of this cluster. Account 1 exists from the first migration on, unregistered. */
export interface Accounts {
  read(id: number): Promise<Account>;
  list(): Promise<readonly Account[]>;
  codeRequested(
    id: number,
    number: { countryCode: string; phoneNumber: string; certificate: string; verifiedName: string; pin?: string },
  ): Promise<void>;
  /**
   * Registered, with two-step verification on if there is a hash of its PIN; the device identity is written only if there is
   * none yet (it is kept for good).
   */
  registered(id: number, chat: ChatCredentials, identity: DeviceIdentity, pinHash?: string): Promise<void>;
  setShardCount(id: number, shardCount: number): Promise<void>;
}
