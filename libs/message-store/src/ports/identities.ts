import type { InboundEvent } from '@multiconnect/contract';

/** Who a customer is to the business: a hash over the identity keys of the customer's devices. */
export interface IdentityRecord {
  /** 8 bytes, base64. */
  readonly hash: string;
  readonly createdAtMs: number;
  readonly isAcknowledged: boolean;
}

/** A customer's new identity, stored with the sessions that show it. */
export interface IdentityChange extends IdentityRecord {
  readonly customer: string;
  readonly slot: number;
  /** Becomes a callback, where no message carries it. */
  readonly event?: InboundEvent;
}

export interface Identities {
  read(account: number, customer: string): Promise<IdentityRecord | undefined>;
  /** False when the customer has another identity, or none. */
  acknowledge(account: number, customer: string, hash: string): Promise<boolean>;
}
