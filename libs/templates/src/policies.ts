import { ApiError } from '@multiconnect/contract';

/** What a business may not put in a variable's place: it would read as part of the approved text, or undo it. */

const maxConsecutiveSpaces = 4;
const brokenLines = /[\n\r\t\v\f\u0085\u2028\u2029]/;
const manySpaces = new RegExp(`[\\p{Zs}]{${maxConsecutiveSpaces + 1},}`, 'u');
const controls = /[\p{Cc}\u202a-\u202e]/u;

/** Isolates (U+2066 to U+2069) that are not closed turn what follows them around. */
function hasOpenIsolate(text: string): boolean {
  let depth = 0;
  for (const each of text.match(/[\u2066-\u2069]/g) ?? []) {
    depth += each === '\u2069' ? -1 : 1;
    if (depth < 0) return true;
  }
  return depth > 0;
}

/** Throws {@link ApiError} 2004, 2006 or 2007; `field` says where and never what. */
export function checkParameter(text: string, maxLength: number, field: string): void {
  if (text.length > maxLength) throw new ApiError('templateParamTooLong', field);
  if (brokenLines.test(text) || manySpaces.test(text)) throw new ApiError('templateWhiteSpace', field);
  if (controls.test(text) || hasOpenIsolate(text)) throw new ApiError('templateCharacters', field);
}
