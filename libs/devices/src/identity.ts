import { createHash } from 'node:crypto';
import { type Identity, type InboundEvent, inboundIdOf } from '@multiconnect/contract';
import type { IdentityChange, IdentityRecord } from '@multiconnect/message-store';
import { remoteIdentityKeyText, type SessionRecord } from '@multiconnect/signal';
import type { CustomerState } from './customer-state.ts';

const hashBytes = 8;

export interface IdentityPolicy {
  readonly nowMs: number;
  /** `show_security_notifications`: a change waits until the back end acknowledges it, and is told. Otherwise nobody hears of it. */
  readonly areChangesShown: boolean;
}

/** The identity keys of these sessions, base64. */
export function identityKeysOf(sessions: Iterable<SessionRecord>): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const session of sessions) {
    const key = remoteIdentityKeyText(session);
    if (key !== undefined) keys.add(key);
  }
  return keys;
}

function hashOf(keys: ReadonlySet<string>): string {
  const hash = createHash('sha256');
  for (const key of [...keys].sort()) hash.update(key).update('\n');
  return hash.digest().subarray(0, hashBytes).toString('base64');
}

/**
 * The state with the identity that its sessions show. Every device has an identity key, and a customer's identity is all of
 * them: a key that was never among them, be it of a phone installed anew or of a second one, makes another identity; a device
 * that leaves changes nothing. The first identity of a customer is no change.
 */
export function withIdentity(state: CustomerState, { nowMs, areChangesShown }: IdentityPolicy): CustomerState {
  const known = state.identityKeys ?? new Set<string>();
  const present = identityKeysOf(state.sessions.values());
  if (present.size === 0 || (state.identity !== undefined && [...present].every((key) => known.has(key)))) return state;
  const identityKeys = new Set([...known, ...present]);
  const hash = hashOf(identityKeys);
  if (hash === state.identity?.hash) return { ...state, identityKeys };
  const isAcknowledged = state.identity === undefined || !areChangesShown;
  return { ...state, identityKeys, identity: { hash, createdAtMs: nowMs, isAcknowledged }, isIdentityStored: false };
}

/** An identity as the API shows it. */
export function shownIdentity({ hash, createdAtMs, isAcknowledged }: IdentityRecord): Identity {
  return { acknowledged: isAcknowledged, created_timestamp: createdAtMs, hash };
}

/** What the back end is told of a change that it has to acknowledge. */
function changeEvent({ customer }: CustomerState, identity: IdentityRecord): InboundEvent {
  const body = `The security code of ${customer} has changed`;
  return {
    kind: 'inbound_message',
    id: inboundIdOf(customer, `identity/${identity.hash}`, Buffer.from(String(identity.createdAtMs))),
    from: customer,
    timestamp: Math.floor(identity.createdAtMs / 1000),
    content: { type: 'system', system: { type: 'user_identity_changed', body, identity: shownIdentity(identity) } },
  };
}

/** The identity of a state, when the store does not have it yet. */
export function identityChanges(state: CustomerState): IdentityChange[] {
  const { customer, slot, identity, isIdentityStored } = state;
  if (identity === undefined || isIdentityStored !== false) return [];
  const change = { ...identity, customer, slot };
  return [identity.isAcknowledged ? change : { ...change, event: changeEvent(state, identity) }];
}

/** Whether nothing may be encrypted for the customer until the back end has acknowledged who it is. */
export function isBlocked({ identity }: CustomerState, { areChangesShown }: Pick<IdentityPolicy, 'areChangesShown'>): boolean {
  return areChangesShown && identity?.isAcknowledged === false;
}
