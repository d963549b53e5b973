import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { BadSealKey, sealKeyBytes } from './seal-key.ts';

const algorithm = 'aes-256-gcm';
const version = 1;
const nonceBytes = 12;
const tagBytes = 16;
const headerBytes = 1 + nonceBytes;

/** What is given to `open` was not sealed under this key for this context, or was changed since. */
export class BadSeal extends Error {
  override readonly name = 'BadSeal';
  constructor(reason: string) {
    super(`the sealed value does not open: ${reason}`);
  }
}

export interface Seal {
  /** Version byte, nonce, ciphertext, tag: 29 bytes longer than the plain bytes. */
  readonly seal: (plain: Uint8Array, context: string) => Buffer;
  /** Throws {@link BadSeal}. */
  readonly open: (sealed: Uint8Array, context: string) => Buffer;
}

function sealWith(key: KeyObject, plain: Uint8Array, context: string): Buffer {
  const header = Buffer.alloc(headerBytes);
  header[0] = version;
  randomBytes(nonceBytes).copy(header, 1);
  const cipher = createCipheriv(algorithm, key, header.subarray(1), { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(context));
  return Buffer.concat([header, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function openWith(key: KeyObject, sealed: Uint8Array, context: string): Buffer {
  if (sealed.length < headerBytes + tagBytes) throw new BadSeal('too short');
  if (sealed[0] !== version) throw new BadSeal('unknown version');
  const decipher = createDecipheriv(algorithm, key, sealed.subarray(1, headerBytes), { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  const start = decipher.update(sealed.subarray(headerBytes, sealed.length - tagBytes));
  try {
    return Buffer.concat([start, decipher.final()]);
  } catch {
    throw new BadSeal('another key, another context, or changed bytes');
  }
}

/** Seals under a key of 32 bytes. Throws {@link BadSealKey} for any other length. */
export function createSeal(key: Uint8Array): Seal {
  if (key.length !== sealKeyBytes) throw new BadSealKey(`a seal key has ${sealKeyBytes} bytes`);
  const secretKey = createSecretKey(key);
  return {
    seal: (plain, context) => sealWith(secretKey, plain, context),
    open: (sealed, context) => openWith(secretKey, sealed, context),
  };
}
