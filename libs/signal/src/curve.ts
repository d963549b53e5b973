import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { intoArrayBuffer } from './bytes.ts';
import { cached } from './lru.ts';
import { xeddsaSign, xeddsaVerify } from './xeddsa.ts';

const maxCachedKeys = 1024;
const publicKeys = new Map<string, KeyObject>();
const privateKeys = new Map<string, KeyObject>();
// The import of a private key as JWK wants a public key beside it, but does not look at it.
const ignoredPublicKey = Buffer.alloc(32).toString('base64url');
const basePoint = Uint8Array.of(9, ...new Uint8Array(31));

// Imported as JWK, which is six times as fast as DER.
function publicKeyObject(raw: Uint8Array): KeyObject {
  const x = Buffer.from(raw).toString('base64url');
  return cached(publicKeys, maxCachedKeys, x, () =>
    createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'X25519', x } }),
  );
}

function privateKeyObject(raw: Uint8Array): KeyObject {
  const d = Buffer.from(raw).toString('base64url');
  return cached(privateKeys, maxCachedKeys, d, () =>
    createPrivateKey({ format: 'jwk', key: { kty: 'OKP', crv: 'X25519', d, x: ignoredPublicKey } }),
  );
}

function clamped(privateKey: ArrayBuffer): Uint8Array {
  const bytes = new Uint8Array(privateKey.slice(0));
  bytes[0] = (bytes[0] ?? 0) & 248;
  bytes[31] = ((bytes[31] ?? 0) & 127) | 64;
  return bytes;
}

/** Number of key objects held, of each sort. For tests. */
export function cachedKeyCounts(): readonly [number, number] {
  return [publicKeys.size, privateKeys.size];
}

/** X25519 and XEdDSA by node:crypto, in the shape of the library's `setCurve()`. Keys are raw: 32 bytes, no type byte. */
export const nodeCurve = {
  keyPair(privateKey: ArrayBuffer): { pubKey: ArrayBuffer; privKey: ArrayBuffer } {
    const secret = clamped(privateKey);
    const pubKey = diffieHellman({ privateKey: privateKeyObject(secret), publicKey: publicKeyObject(basePoint) });
    return { pubKey: intoArrayBuffer(pubKey), privKey: intoArrayBuffer(secret) };
  },

  /** @throws if the public key is of low order, that is if the secret would be all zeros (RFC 7748, section 6.1). */
  sharedSecret(publicKey: ArrayBuffer, privateKey: ArrayBuffer): ArrayBuffer {
    return intoArrayBuffer(
      diffieHellman({
        privateKey: privateKeyObject(new Uint8Array(privateKey)),
        publicKey: publicKeyObject(new Uint8Array(publicKey)),
      }),
    );
  },

  sign(privateKey: ArrayBuffer, message: ArrayBuffer): ArrayBuffer {
    return intoArrayBuffer(xeddsaSign(new Uint8Array(privateKey), new Uint8Array(message)));
  },

  /** The library's convention: **false for a good signature**, true for a bad one. */
  verify(publicKey: ArrayBuffer, message: ArrayBuffer, signature: ArrayBuffer): boolean {
    return !xeddsaVerify(new Uint8Array(publicKey), new Uint8Array(message), new Uint8Array(signature));
  },
};
