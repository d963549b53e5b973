import { readFileSync } from 'node:fs';

export const sealKeyBytes = 32;

/** The operator's key is not base64 of 32 bytes, or its file cannot be read. */
export class BadSealKey extends Error {
  override readonly name = 'BadSealKey';
}

function textOf(source: { readonly base64: string } | { readonly file: string }): string {
  if ('base64' in source) return source.base64;
  try {
    return readFileSync(source.file, 'utf8');
  } catch (error) {
    throw new BadSealKey(`the seal key file ${source.file} cannot be read`, { cause: error });
  }
}

/** The key, from base64 text or from a file that holds it (surrounding white space is ignored). Throws {@link BadSealKey}. */
export function readSealKey(source: { readonly base64: string } | { readonly file: string }): Uint8Array {
  const text = textOf(source).trim();
  const key = Buffer.from(text, 'base64');
  const isBase64 = /^[A-Za-z0-9+/_-]+={0,2}$/.test(text);
  if (!isBase64 || key.length !== sealKeyBytes) throw new BadSealKey(`a seal key is base64 of ${sealKeyBytes} bytes`);
  return key;
}
