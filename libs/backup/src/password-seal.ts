import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';

const algorithm = 'aes-256-gcm';
const keyBytes = 32;
const saltBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;
/** `MCB` and the version, which stands for all that is chosen here. */
const magic = Buffer.from([0x4d, 0x43, 0x42, 1]);
const headerBytes = magic.length + saltBytes + nonceBytes;
/** 64 MB and about a quarter of a second for each guess. */
const stretching = { N: 2 ** 16, r: 8, p: 1, maxmem: 128 * 1_048_576 };

/** The password is not that of the data, or the data is not what was sealed. */
export class NotOpened extends Error {
  override readonly name = 'NotOpened';
  constructor() {
    super('another password, or changed data');
  }
}

const keyOf = (password: string, salt: Uint8Array): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    // One spelling of a password that can be typed in two.
    scrypt(password.normalize('NFC'), salt, keyBytes, stretching, (error, key) => (error === null ? resolve(key) : reject(error)));
  });

/** Version, salt, nonce, ciphertext, tag: scrypt (RFC 7914) and AES-256-GCM, the whole header authenticated. */
export async function sealWithPassword(password: string, plain: Uint8Array): Promise<Buffer> {
  const header = Buffer.concat([magic, randomBytes(saltBytes + nonceBytes)]);
  const salt = header.subarray(magic.length, magic.length + saltBytes);
  const cipher = createCipheriv(algorithm, await keyOf(password, salt), header.subarray(magic.length + saltBytes), { authTagLength: tagBytes });
  cipher.setAAD(header);
  return Buffer.concat([header, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Throws {@link NotOpened}. */
export async function openWithPassword(password: string, sealed: Buffer): Promise<Buffer> {
  if (sealed.length < headerBytes + tagBytes || !sealed.subarray(0, magic.length).equals(magic)) throw new NotOpened();
  const header = sealed.subarray(0, headerBytes);
  const salt = header.subarray(magic.length, magic.length + saltBytes);
  const decipher = createDecipheriv(algorithm, await keyOf(password, salt), header.subarray(magic.length + saltBytes), { authTagLength: tagBytes });
  decipher.setAAD(header);
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  const start = decipher.update(sealed.subarray(headerBytes, sealed.length - tagBytes));
  try {
    return Buffer.concat([start, decipher.final()]);
  } catch {
    throw new NotOpened();
  }
}
