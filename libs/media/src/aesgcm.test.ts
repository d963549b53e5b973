import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aesgcmUrl, decrypt, encrypt, newFileKey, readAesgcmUrl, tagBytes } from './aesgcm.ts';
import { MediaDamaged } from './errors.ts';
import { streamOf } from './testing/samples.ts';

const pieces = fc.integer({ min: 1, max: 40 });

describe('an encrypted file', () => {
  it('opens to the same bytes however both come in pieces, and is longer by its tag', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), pieces, pieces, async (plain, out, back) => {
        const key = newFileKey();
        const encrypted = await buffer(encrypt(streamOf(plain, out), key));
        expect(encrypted.length).toBe(plain.length + tagBytes);
        expect(await buffer(decrypt(streamOf(encrypted, back), key))).toEqual(Buffer.from(plain));
      }),
    );
  });

  it('does not open once any byte is changed or cut off, nor under another key', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), fc.nat(), fc.integer({ min: 1, max: 255 }), async (plain, at, mask) => {
        const key = newFileKey();
        const encrypted = await buffer(encrypt(streamOf(plain), key));
        const index = at % encrypted.length;
        const changed = Buffer.from(encrypted);
        changed[index] = (changed[index] ?? 0) ^ mask;
        await expect(buffer(decrypt(streamOf(changed), key))).rejects.toThrow(MediaDamaged);
        await expect(buffer(decrypt(streamOf(encrypted.subarray(0, index)), key))).rejects.toThrow(MediaDamaged);
        await expect(buffer(decrypt(streamOf(encrypted), newFileKey()))).rejects.toThrow(MediaDamaged);
      }),
    );
  });
});

describe('an aesgcm:// URL', () => {
  const key = newFileKey();
  const hex = Buffer.from(key).toString('hex');

  it('says where the file is and what opens it', () => {
    const url = aesgcmUrl('https://up.chat.test/a/b.jpg', key);
    expect(url).toBe(`aesgcm://up.chat.test/a/b.jpg#${hex}`);
    expect(readAesgcmUrl(url)).toEqual({ url: 'https://up.chat.test/a/b.jpg', key });
    expect(hex).toHaveLength(88);
  });

  it('takes the longer nonce of older clients', () => {
    expect(readAesgcmUrl(`aesgcm://h/f#${'ab'.repeat(48)}`)?.key).toHaveLength(48);
  });

  it('stands for http only at an origin that the operator trusts', () => {
    const trusted = new Set(['http://127.0.0.1:5280']);
    expect(readAesgcmUrl(aesgcmUrl('http://127.0.0.1:5280/u/f', key), trusted)?.url).toBe('http://127.0.0.1:5280/u/f');
    expect(readAesgcmUrl(aesgcmUrl('http://127.0.0.1:5281/u/f', key), trusted)?.url).toBe('https://127.0.0.1:5281/u/f');
  });

  it.each(['https://h/f', 'aesgcm://h/f', `aesgcm://h/f#${hex.slice(2)}`, `aesgcm://h/f#${hex}0`, `aesgcm://h/f#${hex.replace(/./, 'g')}`, `aesgcm://#${hex}`, `aesgcm://h:x/#${hex}`, `aesgcm://a b/#${hex}`])(
    'is not %s',
    (text) => {
      expect(readAesgcmUrl(text)).toBeUndefined();
    },
  );
});
