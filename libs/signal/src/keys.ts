import { randomInt } from 'node:crypto';
import { toArrayBuffer } from './bytes.ts';
import { libraryCrypto } from './library.ts';
import type { KeyPair, LocalIdentity, PreKey, SignedPreKey } from './types.ts';

const maxRegistrationId = 16380;
const maxPreKeyId = 2 ** 31 - 1;

function assertPreKeyIds(first: number, count: number): void {
  if (Number.isInteger(first) && Number.isInteger(count) && first >= 1 && first + count - 1 <= maxPreKeyId) return;
  throw new RangeError(`prekey ids go from 1 to ${maxPreKeyId}`);
}

async function generateKeyPair(): Promise<KeyPair> {
  const { pubKey, privKey } = await libraryCrypto.createKeyPair();
  return { publicKey: new Uint8Array(pubKey), privateKey: new Uint8Array(privKey) };
}

/** A new device identity. */
export async function generateIdentity(): Promise<LocalIdentity> {
  return { registrationId: randomInt(1, maxRegistrationId + 1), identityKeyPair: await generateKeyPair() };
}

/**
 * One-time prekeys with the ids `firstId` to `firstId + count - 1`.
 * @throws RangeError if an id is not from 1 to 2^31 - 1
 */
export async function generatePreKeys(firstId: number, count: number): Promise<readonly PreKey[]> {
  assertPreKeyIds(firstId, count);
  const ids = Array.from({ length: count }, (_, index) => firstId + index);
  return Promise.all(ids.map(async (id) => ({ id, keyPair: await generateKeyPair() })));
}

/**
 * A signed prekey. It takes some milliseconds: the signature is made with big integers.
 * @throws RangeError if the id is not from 1 to 2^31 - 1
 */
export async function generateSignedPreKey(identity: LocalIdentity, id: number): Promise<SignedPreKey> {
  assertPreKeyIds(id, 1);
  const keyPair = await generateKeyPair();
  const privateKey = toArrayBuffer(identity.identityKeyPair.privateKey);
  const signature = await libraryCrypto.Ed25519Sign(privateKey, toArrayBuffer(keyPair.publicKey));
  return { id, keyPair, signature: new Uint8Array(signature) };
}
