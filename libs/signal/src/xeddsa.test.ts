import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toArrayBuffer } from './bytes.ts';
import { nodeCurve } from './curve.ts';
import { xeddsaSign, xeddsaVerify } from './xeddsa.ts';

const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const message = fc.uint8Array({ maxLength: 80 });

test('a signature holds for its key and message, and for no other', () => {
  fc.assert(
    fc.property(key, key, message, fc.nat(511), (secret, otherSecret, text, bit) => {
      fc.pre(Buffer.compare(secret, otherSecret) !== 0);
      const pair = nodeCurve.keyPair(toArrayBuffer(secret));
      const other = nodeCurve.keyPair(toArrayBuffer(otherSecret));
      const signature = xeddsaSign(new Uint8Array(pair.privKey), text);
      expect(xeddsaVerify(new Uint8Array(pair.pubKey), text, signature)).toBe(true);
      expect(xeddsaVerify(new Uint8Array(other.pubKey), text, signature)).toBe(false);
      expect(xeddsaVerify(new Uint8Array(pair.pubKey), Buffer.concat([text, Uint8Array.of(0)]), signature)).toBe(false);
      const bad = Uint8Array.from(signature);
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(xeddsaVerify(new Uint8Array(pair.pubKey), text, bad)).toBe(false);
    }),
    { numRuns: 25 },
  );
});

test('the seam answers false for a good signature and true for a bad one, as the library wants it', () => {
  const pair = nodeCurve.keyPair(new ArrayBuffer(32));
  const text = toArrayBuffer(Buffer.from('text'));
  const signature = nodeCurve.sign(pair.privKey, text);
  expect(nodeCurve.verify(pair.pubKey, text, signature)).toBe(false);
  expect(nodeCurve.verify(pair.pubKey, new ArrayBuffer(4), signature)).toBe(true);
});

test('a public key that is no point of the curve has no good signature', () => {
  const minusOne = Buffer.from(`ec${'ff'.repeat(30)}7f`, 'hex');
  expect(xeddsaVerify(minusOne, new Uint8Array(4), new Uint8Array(64))).toBe(false);
  expect(xeddsaVerify(new Uint8Array(32).fill(0xff), new Uint8Array(4), new Uint8Array(64))).toBe(false);
});
