import { describe, expect, it } from 'vitest';
import { errorCatalogue } from './errors.ts';

const entries: readonly { readonly code: number; readonly title: string; readonly status: number }[] = Object.values(errorCatalogue);

describe('the catalogue of errors', () => {
  it('gives one code one title, as documented', () => {
    const titles = new Map<number, Set<string>>();
    for (const { code, title } of entries) titles.set(code, (titles.get(code) ?? new Set()).add(title));
    // The generic error of a message is what a phone that cannot show a template is reported with.
    titles.delete(500);
    expect([...titles].filter(([, names]) => names.size > 1)).toEqual([]);
  });

  it.each(
    [
      401, 402, 408, 429, 472, 480, 1003, 1007, 1012, 1019, 1020, 1031, 2011, 2013, 2014, 2024, 2025, 2027, 2028, 2029, 2030, 2050, 2060, 2061, 2062, 2068, 2069,
    ].map((code) => ({ code })),
  )('has no $code: nothing here can go wrong in that way [error.$code]', ({ code }) => {
    expect(entries.filter((entry) => entry.code === code)).toEqual([]);
  });
});
