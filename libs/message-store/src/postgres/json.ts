const replacement = '\ufffd';

/**
 * JSON for a `json` column. PostgreSQL stores the escapes of U+0000 and of lone surrogates and then refuses to read any
 * field beside them: each becomes U+FFFD. A well-formed character is never escaped by JSON.stringify, so `\ud…` is a lone one.
 */
export function jsonText(value: object): string {
  const text = JSON.stringify(value);
  if (!text.includes('\\u')) return text;
  return text.replace(/\\(?:u0000|ud[89a-f][0-9a-f]{2}|.)/g, (escape) => (/^\\u(?:0000|d)/.test(escape) ? replacement : escape));
}
