import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadSeal, BadSealKey, createSeal, readSealKey } from './index.ts';

const key = randomBytes(32);
const bytes = fc.uint8Array({ maxLength: 200 });

describe('a seal', () => {
  it('opens to the same bytes in the same context, and in no other', () => {
    const { seal, open } = createSeal(key);
    fc.assert(
      fc.property(bytes, fc.string(), fc.string(), (plain, context, other) => {
        const sealed = seal(plain, context);
        expect(open(sealed, context)).toEqual(Buffer.from(plain));
        if (other !== context) expect(() => open(sealed, other)).toThrow(BadSeal);
      }),
    );
  });

  it('does not open once any byte is changed or cut off', () => {
    const { seal, open } = createSeal(key);
    fc.assert(
      fc.property(bytes, fc.nat(), fc.integer({ min: 1, max: 255 }), (plain, at, mask) => {
        const sealed = seal(plain, 'c');
        const changed = Buffer.from(sealed);
        const index = at % sealed.length;
        changed[index] = (changed[index] ?? 0) ^ mask;
        expect(() => open(changed, 'c')).toThrow(BadSeal);
        expect(() => open(sealed.subarray(0, index), 'c')).toThrow(BadSeal);
      }),
    );
  });

  it('never repeats a nonce and never shows the plain bytes', () => {
    const { seal } = createSeal(key);
    const plain = Buffer.from('a private key of a business number');
    const sealed = Array.from({ length: 100 }, () => seal(plain, 'c'));
    expect(new Set(sealed.map((one) => one.subarray(1, 13).toString('hex'))).size).toBe(100);
    expect(sealed.every((one) => !one.includes(plain))).toBe(true);
  });

  it('does not open under another key', () => {
    const sealed = createSeal(key).seal(Buffer.from('x'), 'c');
    expect(() => createSeal(randomBytes(32)).open(sealed, 'c')).toThrow(BadSeal);
  });
});

describe('the seal key', () => {
  it('is read from base64 and from a file', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'seal-')), 'key');
    writeFileSync(file, `${key.toString('base64')}\n`);
    expect(Buffer.from(readSealKey({ file }))).toEqual(key);
    expect(Buffer.from(readSealKey({ base64: key.toString('base64') }))).toEqual(key);
  });

  it('is refused unless it is base64 of 32 bytes, and the refusal does not repeat it', () => {
    for (const base64 of ['', 'secret value!', randomBytes(31).toString('base64'), randomBytes(33).toString('base64')]) {
      expect(() => readSealKey({ base64 })).toThrow(BadSealKey);
    }
    expect(() => readSealKey({ base64: 'secret value!' })).not.toThrow(/secret value/);
    expect(() => readSealKey({ file: '/nowhere/key' })).toThrow(BadSealKey);
    expect(() => createSeal(randomBytes(16))).toThrow(BadSealKey);
  });
});
