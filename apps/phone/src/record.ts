import { randomInt } from 'node:crypto';
import {
  generateIdentity,
  generatePreKeys,
  generateSignedPreKey,
  type LocalIdentity,
  type PreKey,
  type SessionRecord,
  type SignedPreKey,
} from '@multiconnect/signal';

/** A phone's account at the chat server. */
export interface PhoneAccount {
  /** wa_id: digits only. */
  readonly number: string;
  /** Bare. */
  readonly jid: string;
  readonly password: string;
}

/** A one-time prekey of ours. A used one is no longer published, and kept for whoever fetched it before that. */
export interface OneTimePreKey extends PreKey {
  readonly used: boolean;
}

/** A stanza whose ratchet has advanced: it is resent as it is until the server acknowledges it. */
export interface OutboxEntry {
  readonly id: string;
  readonly stanza: string;
}

/** All that a phone must remember. A value: each change makes a new one. Holds secret keys. */
export interface PhoneRecord {
  readonly account: PhoneAccount;
  readonly deviceId: number;
  readonly identity: LocalIdentity;
  readonly signedPreKey: SignedPreKey;
  readonly preKeys: readonly OneTimePreKey[];
  readonly nextPreKeyId: number;
  /** By {@link sessionKey}. */
  readonly sessions: Readonly<Record<string, SessionRecord>>;
  readonly outbox: readonly OutboxEntry[];
}

const maxDeviceId = 2 ** 31 - 1;
/** Two who fetch the bundle at the same time take the same prekey, so used ones stay readable for a while. */
const maxUsedPreKeys = 100;

export const sessionKey = (jid: string, deviceId: number): string => `${jid}/${deviceId}`;

const unused = (preKeys: readonly PreKey[]): OneTimePreKey[] => preKeys.map((key) => ({ ...key, used: false }));

/** A new device with `preKeyCount` one-time prekeys. */
export async function newRecord(account: PhoneAccount, preKeyCount: number): Promise<PhoneRecord> {
  const identity = await generateIdentity();
  return {
    account,
    deviceId: randomInt(1, maxDeviceId),
    identity,
    signedPreKey: await generateSignedPreKey(identity, 1),
    preKeys: unused(await generatePreKeys(1, preKeyCount)),
    nextPreKeyId: preKeyCount + 1,
    sessions: {},
    outbox: [],
  };
}

/** Withdraws a prekey and puts a fresh one in its place. A prekey used for the second time changes nothing. */
export async function replacePreKey(record: PhoneRecord, usedId: number): Promise<PhoneRecord> {
  const found = record.preKeys.find(({ id }) => id === usedId);
  if (found === undefined || found.used) return record;
  const kept = record.preKeys.filter(({ used }) => used).slice(1 - maxUsedPreKeys);
  const fresh = record.preKeys.filter(({ id, used }) => !used && id !== usedId);
  const added = unused(await generatePreKeys(record.nextPreKeyId, 1));
  return {
    ...record,
    preKeys: [...kept, { ...found, used: true }, ...fresh, ...added],
    nextPreKeyId: record.nextPreKeyId + 1,
  };
}
