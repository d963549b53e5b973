import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileNameOf, mediaIdOf } from './media-id.ts';

const id = '36c484d1-1283-4b94-988d-7276bdec4de2';

describe('a media id', () => {
  it('has one spelling', () => {
    expect(mediaIdOf(id)).toBe(id);
    expect(mediaIdOf(id.toUpperCase())).toBe(id);
    expect(fileNameOf(id)).toBe(id);
  });

  it.each(['', '.', '..', '../x', '/etc/passwd', `../${id}`, `${id}/..`, `${id}\0`, `${id}\n`, `.${id}.part`, id.slice(1), `${id}0`, 'x'.repeat(36), id.replace('3', '\u0130'), 'incoming', '%2e%2e%2f', '__proto__'])(
    '%j is none, and never becomes a path',
    (text) => {
      expect(mediaIdOf(text)).toBeUndefined();
      expect(() => fileNameOf(text)).toThrow(RangeError);
    },
  );

  it('is nothing but hexadecimal digits and dashes, whatever is given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.uuid()), (text) => {
        expect(mediaIdOf(text) ?? id).toMatch(/^[0-9a-f-]{36}$/);
      }),
    );
  });
});
