import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainData } from './plain-data.ts';

const nested = (depth: number): object => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`) as object;
const isTaken = (value: unknown) => plainData.safeParse(value).success;

describe('plain data', () => {
  it('is any JSON object of modest depth, as it came', () => {
    const data = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.jsonValue({ maxDepth: 5, stringUnit: 'grapheme' }));
    fc.assert(
      fc.property(data, (value) => {
        expect(plainData.parse(value)).toEqual(value);
      }),
    );
  });

  it.each([
    ['U+0000 in a value', { a: ['x\u0000'] }],
    ['U+0000 in a name', { a: { 'x\u0000': 1 } }],
    ['a lone surrogate', { a: { b: '\ud800' } }],
    ['an array', [1]],
    ['a text', 'x'],
  ])('is nothing with %s', (_what, value) => {
    expect(isTaken(value)).toBe(false);
  });

  it('is 32 levels deep at most, and deeper data is refused at once', () => {
    expect([isTaken(nested(32)), isTaken(nested(33)), isTaken(nested(1_000))]).toEqual([true, false, false]);
    let deep: unknown = 1;
    for (let level = 0; level < 200_000; level += 1) deep = { a: deep };
    expect(isTaken(deep)).toBe(false);
  });
});
