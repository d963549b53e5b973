/** A Curve25519 key pair. */
export interface KeyPair {
  /** 33 bytes: the type 0x05, then the u-coordinate (RFC 7748). */
  readonly publicKey: Uint8Array;
  /** 32 bytes, clamped. */
  readonly privateKey: Uint8Array;
}

/** What makes this device itself: kept for the life of the device. */
export interface LocalIdentity {
  /** 1 to 16380. */
  readonly registrationId: number;
  readonly identityKeyPair: KeyPair;
}

export interface PreKey {
  /** 1 to 2^31 - 1. Zero stands for "no one-time prekey" on the wire of some clients, so it is never given out. */
  readonly id: number;
  readonly keyPair: KeyPair;
}

export interface SignedPreKey extends PreKey {
  /** 64 bytes: XEdDSA of the 33-byte public key by the identity key. */
  readonly signature: Uint8Array;
}

/** A one-time prekey as published. */
export interface PublicPreKey {
  readonly id: number;
  /** 33 bytes. */
  readonly publicKey: Uint8Array;
}

/** A signed prekey as published. */
export interface PublicSignedPreKey extends PublicPreKey {
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

/** The public keys of one remote device, of which at most one one-time prekey was picked. */
export interface PreKeyBundle {
  readonly deviceId: number;
  readonly registrationId?: number;
  /** 33 bytes. */
  readonly identityKey: Uint8Array;
  readonly signedPreKey: PublicSignedPreKey;
  readonly preKey?: PublicPreKey;
}

declare const sessionRecord: unique symbol;

/** All sessions with one remote device, as an opaque ASCII string. A value: no call changes it. Holds secret keys. */
export type SessionRecord = string & { readonly [sessionRecord]: true };

/** One Signal message (version 3), as libsignal puts it on the wire. */
export interface SignalMessage {
  readonly kind: 'prekey' | 'whisper';
  readonly bytes: Uint8Array;
}

/** Our own prekeys by id. What it rejects with is passed on untouched. */
export interface PreKeyLookup {
  preKey(id: number): Promise<KeyPair | undefined>;
  signedPreKey(id: number): Promise<KeyPair | undefined>;
}

export interface Encrypted {
  readonly session: SessionRecord;
  readonly message: SignalMessage;
}

export interface Decrypted {
  readonly session: SessionRecord;
  readonly plaintext: Uint8Array;
  /** 33 bytes: whose message it is. Whether that identity is trusted is for the caller to say. */
  readonly remoteIdentityKey: Uint8Array;
  /** The one-time prekey that this message's new session was made with: withdraw it now, delete it after a grace period. */
  readonly usedPreKeyId?: number;
}
