import { expect, test } from 'vitest';
import { generateIdentity, generatePreKeys, generateSignedPreKey } from './index.ts';

test('keys have the form that goes on the wire', async () => {
  const identity = await generateIdentity();
  const preKeys = await generatePreKeys(5, 3);
  const signed = await generateSignedPreKey(identity, 9);
  expect(identity.registrationId).toBeGreaterThan(0);
  expect(preKeys.map(({ id }) => id)).toEqual([5, 6, 7]);
  expect(signed.signature.length).toBe(64);
  for (const { publicKey, privateKey } of [identity.identityKeyPair, signed.keyPair, ...preKeys.map((k) => k.keyPair)]) {
    expect([publicKey.length, publicKey[0], privateKey.length]).toEqual([33, 5, 32]);
  }
});

test('no prekey has the id 0, which stands for none on the wire of some clients', async () => {
  await expect(generatePreKeys(0, 3)).rejects.toThrow(RangeError);
  await expect(generateSignedPreKey(await generateIdentity(), 0)).rejects.toThrow(RangeError);
});
