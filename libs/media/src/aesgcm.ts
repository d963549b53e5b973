import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { MediaDamaged } from './errors.ts';

const algorithm = 'aes-256-gcm';
const keyBytes = 32;
const nonceBytes = 12;
/** Of older clients. */
const longNonceBytes = 16;
/** How much longer the encrypted file is. */
export const tagBytes = 16;

/** Nonce and key of one encrypted file, in the order of the URL's fragment (XEP-0454). */
export type FileKey = Uint8Array;

export const newFileKey = (): FileKey => randomBytes(nonceBytes + keyBytes);

const nonceOf = (key: FileKey) => key.subarray(0, key.length - keyBytes);
const keyOf = (key: FileKey) => key.subarray(key.length - keyBytes);

/** `aesgcm://host/path#<nonce and key in hex>`, from where the encrypted file is fetched. */
export function aesgcmUrl(url: string, key: FileKey): string {
  return `aesgcm://${url.replace(/^https?:\/\//i, '').replace(/#.*$/, '')}#${Buffer.from(key).toString('hex')}`;
}

const aesgcmText = /^aesgcm:\/\/([^#\s]+)#((?:[0-9a-f]{2})+)$/i;

/** Where the file lies and what opens it. The scheme stands for https, unless the operator trusts the host over http. */
export function readAesgcmUrl(text: string, trustedOrigins: ReadonlySet<string> = new Set()): { readonly url: string; readonly key: FileKey } | undefined {
  const [, address, fragment = ''] = aesgcmText.exec(text) ?? [];
  const key = Buffer.from(fragment, 'hex');
  if (address === undefined || ![nonceBytes + keyBytes, longNonceBytes + keyBytes].includes(key.length)) return undefined;
  const plain = `http://${address}`;
  if (!URL.canParse(plain)) return undefined;
  return { url: trustedOrigins.has(new URL(plain).origin) ? plain : `https://${address}`, key };
}

/** The encrypted file, tag at its end, while the plain one comes. INVARIANT: a key encrypts one file once. */
export async function* encrypt(plain: AsyncIterable<Uint8Array>, key: FileKey): AsyncGenerator<Uint8Array> {
  const cipher = createCipheriv(algorithm, keyOf(key), nonceOf(key), { authTagLength: tagBytes });
  for await (const chunk of plain) yield cipher.update(chunk);
  yield Buffer.concat([cipher.final(), cipher.getAuthTag()]);
}

/**
 * The plain file while the encrypted one comes. What it yields is not to be believed before it has ended: only then is the
 * tag checked, and {@link MediaDamaged} thrown.
 */
export async function* decrypt(encrypted: AsyncIterable<Uint8Array>, key: FileKey): AsyncGenerator<Uint8Array> {
  const decipher = createDecipheriv(algorithm, keyOf(key), nonceOf(key), { authTagLength: tagBytes });
  let held: Uint8Array = Buffer.alloc(0);
  for await (const chunk of encrypted) {
    const bytes = Buffer.concat([held, chunk]);
    const end = Math.max(0, bytes.length - tagBytes);
    held = Buffer.from(bytes.subarray(end));
    if (end > 0) yield decipher.update(bytes.subarray(0, end));
  }
  if (held.length < tagBytes) throw new MediaDamaged();
  decipher.setAuthTag(held);
  try {
    decipher.final();
  } catch {
    throw new MediaDamaged();
  }
}
