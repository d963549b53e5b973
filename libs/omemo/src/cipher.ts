import {
  decrypt,
  encrypt,
  type LocalIdentity,
  type PreKeyLookup,
  type SessionRecord,
} from '@multiconnect/signal';
import { type DeviceKey, type Envelope, keyFor, writeEnvelope } from './envelope.ts';
import { NotForThisDevice, NoUsableDevice } from './errors.ts';
import { openPayload, type SealedPayload } from './payload.ts';

/** This device. */
export interface LocalDevice {
  readonly deviceId: number;
  readonly identity: LocalIdentity;
}

/** A session with one device of the other side. */
export interface RemoteDevice {
  readonly deviceId: number;
  readonly session: SessionRecord;
}

export interface EncryptedEnvelope {
  /** Stanza text: `<encrypted>` and its hint. */
  readonly envelope: string;
  /** The advanced ratchets, one a device. */
  readonly devices: readonly RemoteDevice[];
}

/** One payload for every device. Throws {@link NoUsableDevice} when there is none. */
export async function encryptFor(
  local: LocalDevice,
  devices: readonly RemoteDevice[],
  payload: SealedPayload,
): Promise<EncryptedEnvelope> {
  if (devices.length === 0) throw new NoUsableDevice('no device to encrypt to');
  const keys: DeviceKey[] = [];
  const advanced: RemoteDevice[] = [];
  for (const device of devices) {
    const { session, message } = await encrypt(local.identity, device.session, payload.keyAndTag);
    keys.push({ deviceId: device.deviceId, message });
    advanced.push({ deviceId: device.deviceId, session });
  }
  return { envelope: writeEnvelope(local.deviceId, payload, keys), devices: advanced };
}

export interface DecryptedEnvelope {
  /** Absent in a key transport message. */
  readonly text?: string;
  /** Key and tag of the payload: other elements of the stanza are encrypted under what is derived from it. */
  readonly messageKey: Uint8Array;
  readonly session: SessionRecord;
  readonly usedPreKeyId?: number;
}

/**
 * Decrypts what a device sent to this one. Throws {@link NotForThisDevice}, MalformedOmemo, and the Signal engine's
 * DuplicateMessage, NoSession, UnknownPreKey and UntrustedOrCorruptMessage.
 */
export async function decryptEnvelope(
  local: LocalDevice,
  session: SessionRecord | undefined,
  envelope: Envelope,
  preKeys: PreKeyLookup,
): Promise<DecryptedEnvelope> {
  const key = keyFor(envelope, local.deviceId);
  if (key === undefined) throw new NotForThisDevice('the sender does not know this device');
  const decrypted = await decrypt(local.identity, session, key.message, preKeys);
  const text =
    envelope.ciphertext === undefined ? undefined : openPayload(decrypted.plaintext, envelope.iv, envelope.ciphertext);
  return {
    messageKey: decrypted.plaintext,
    session: decrypted.session,
    ...(text === undefined ? {} : { text }),
    ...(decrypted.usedPreKeyId === undefined ? {} : { usedPreKeyId: decrypted.usedPreKeyId }),
  };
}
