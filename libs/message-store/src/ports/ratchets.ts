import type { ShardTenure } from './fencing.ts';
import type { IdentityRecord } from './identities.ts';

/** A customer's device as the owner of its shard knows it. */
export interface DeviceSession {
  readonly customer: string;
  readonly deviceId: number;
  /** Serialised Signal session; sealed at rest. */
  readonly record: string;
}

export interface SessionChange extends DeviceSession {
  readonly slot: number;
}

export interface DeviceList {
  readonly customer: string;
  readonly devices: readonly number[];
  readonly fetchedAtMs: number;
}

export interface CustomerDevices {
  readonly customer: string;
  readonly list?: DeviceList;
  readonly sessions: readonly DeviceSession[];
  readonly identity?: IdentityRecord;
  /** When the customer wrote last, up to a minute early; undefined when never. */
  readonly heardAtMs?: number;
}

/** The ratchets of a shard's customers. Sessions change only together with what they encrypted or decrypted. */
export interface Ratchets {
  load(account: number, customers: readonly { customer: string; slot: number }[]): Promise<readonly CustomerDevices[]>;
}

export interface StoredPreKey {
  readonly kind: 'signed' | 'one-time';
  readonly id: number;
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
  readonly signature?: Uint8Array;
}

/** The number's own prekeys. Written by the owner of the control shard; read by every shard's owner. */
export interface PreKeys {
  find(account: number, kind: StoredPreKey['kind'], ids: readonly number[]): Promise<readonly StoredPreKey[]>;
  /** What stands in the published bundle: the newest signed prekey and the unused one-time prekeys. */
  current(account: number): Promise<{ signed?: StoredPreKey & { createdAtMs: number }; oneTime: readonly StoredPreKey[]; highestId: number }>;
  /** Adds fresh ones and forgets used ones whose grace period has passed. Throws {@link Fenced}. */
  replenish(control: ShardTenure, fresh: readonly StoredPreKey[], forgetUsedBeforeMs: number): Promise<void>;
}
