import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hmacSha256 } from './webcrypto.ts';

test('the HMAC is that of RFC 2104', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 300 }), (key, data) => {
      const expected = createHmac('sha256', key).update(data).digest('hex');
      expect(Buffer.from(hmacSha256(key, data)).toString('hex')).toBe(expected);
    }),
  );
  expect(() => hmacSha256(new Uint8Array(65), new Uint8Array(1))).toThrow(RangeError);
});
