import { parsePhoneNumberFromString } from 'libphonenumber-js';

const separators = /[\s().\-/\u2010-\u2015]/gu;
const maxLength = 64;
const e164Digits = /^[1-9][0-9]{6,14}$/;

/** E.164 digits when the numbering plans allow a number of this length. Numbers that are nobody's (555) are numbers. */
function possible(text: string, callingCode?: string): string | undefined {
  const parsed = parsePhoneNumberFromString(text, callingCode === undefined ? { extract: false } : { extract: false, defaultCallingCode: callingCode });
  return parsed?.isPossible() === true ? parsed.number.slice(1) : undefined;
}

/**
 * What a number in any format may mean, as wa_ids, likeliest first. With `+` (or `00`) there is one meaning; without, the
 * digits may be international, or national in the business's own country. Empty when it is no number at all.
 */
export function candidatesOf(input: string, callingCode?: string): readonly string[] {
  if (input.length > maxLength) return [];
  const [, plus, digits] = /^(\+|00)?([0-9]+)$/.exec(input.normalize('NFKC').replace(separators, '')) ?? [];
  if (digits === undefined) return [];
  const international = possible(`+${digits}`);
  const national = plus === undefined && callingCode !== undefined ? possible(digits, callingCode) : undefined;
  const found = new Set([international, national].filter((waId) => waId !== undefined));
  if (found.size > 0) return [...found];
  // A network may have numbers that no numbering plan has.
  return e164Digits.test(digits) ? [digits] : [];
}
