import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { MalformedOmemo } from './errors.ts';

const algorithm = 'aes-128-gcm';
const keyBytes = 16;
const tagBytes = 16;
const ivBytes = 12;

/** A payload under a fresh key. `keyAndTag` (32 bytes) is what goes to each device under its own ratchet. */
export interface SealedPayload {
  readonly keyAndTag: Buffer;
  readonly iv: Buffer;
  /** Absent in a key transport message, which only moves ratchets. */
  readonly ciphertext?: Buffer;
}

export function sealPayload(text: string): SealedPayload {
  const key = randomBytes(keyBytes);
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(algorithm, createSecretKey(key), iv);
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return { keyAndTag: Buffer.concat([key, cipher.getAuthTag()]), iv, ciphertext };
}

export function keyTransport(): SealedPayload {
  return { keyAndTag: randomBytes(keyBytes + tagBytes), iv: randomBytes(ivBytes) };
}

/**
 * The text of a payload. Old clients leave the tag at the end of the ciphertext instead of beside the key.
 * Throws {@link MalformedOmemo} when the payload does not verify.
 */
export function openPayload(keyAndTag: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): string {
  const whole = Buffer.concat([ciphertext, keyAndTag.subarray(keyBytes)]);
  if (keyAndTag.length < keyBytes || whole.length < tagBytes || iv.length === 0) throw new MalformedOmemo('payload too short');
  try {
    const decipher = createDecipheriv(algorithm, createSecretKey(keyAndTag.subarray(0, keyBytes)), iv, { authTagLength: tagBytes });
    decipher.setAuthTag(whole.subarray(-tagBytes));
    return Buffer.concat([decipher.update(whole.subarray(0, -tagBytes)), decipher.final()]).toString('utf8');
  } catch (error) {
    throw new MalformedOmemo('payload does not verify', { cause: error });
  }
}
