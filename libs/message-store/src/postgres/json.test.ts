import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonText } from './json.ts';

const anyText = fc.string({ unit: fc.constantFrom('\u0000', '\ud800', '\udc00', '\\', 'u0000', 'ud800', '"', '\u0001', 'é', '😀') });

describe('JSON for a column', () => {
  it('is the text with U+FFFD for what PostgreSQL cannot read, and unchanged otherwise', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const readable = text.toWellFormed().replaceAll('\u0000', '\ufffd');
        expect(JSON.parse(jsonText({ text }))).toEqual({ text: readable });
      }),
    );
  });
});
