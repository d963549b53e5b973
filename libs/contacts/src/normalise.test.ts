import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candidatesOf } from './normalise.ts';

describe('candidatesOf', () => {
  it.each([
    ['+1 631 555 1001', ['16315551001']],
    ['+1 (631) 555-1001', ['16315551001']],
    ['+1.631.555.1001', ['16315551001']],
    ['+1\u00a0631\u2011555\u20131001', ['16315551001']],
    ['＋１６３１５５５１００１', ['16315551001']],
    ['0016315551001', ['16315551001']],
    ['+44 (0)20 7946 0018', ['442079460018']],
    ['+86 138 0013 8000', ['8613800138000']],
  ])('%s with an international prefix means one number [contacts.check.contacts]', (input, expected) => {
    expect(candidatesOf(input, '49')).toEqual(expected);
  });

  it.each([
    ['16315551001', '1', ['16315551001']],
    ['(631) 555-1002', '1', ['6315551002', '16315551002']],
    ['020 7946 0018', '44', ['442079460018']],
    ['4915112345678', '1', ['4915112345678']],
    ['16315551001', undefined, ['16315551001']],
  ])('%s without one may be national in +%s [contacts.check.contacts.national]', (input, callingCode, expected) => {
    expect(candidatesOf(input, callingCode)).toEqual(expected);
  });

  it('lets a number through that no numbering plan has', () => {
    expect(candidatesOf('+12345678', '1')).toEqual(['12345678']);
  });

  it.each(['', '+', 'ann', '+1 631 CALL NOW', '16315551001;ext=2', '+1+6315551001', '0', '1'.repeat(65), '1'.repeat(30)])(
    'finds nothing in %j',
    (input) => {
      expect(candidatesOf(input, '1')).toEqual([]);
    },
  );

  it('answers E.164 digits or nothing, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('0123456789+-() x\u0000é')) }), fc.constantFrom('1', '44', '49', undefined), (input, callingCode) => {
        const found = candidatesOf(input, callingCode);
        expect(found.length).toBeLessThanOrEqual(2);
        for (const waId of found) expect(waId).toMatch(/^[1-9][0-9]{4,14}$/);
      }),
    );
  });
});
