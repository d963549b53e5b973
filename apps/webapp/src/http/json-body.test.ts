import { ApiError } from '@multiconnect/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from './json-body.ts';

describe('parseJson', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        fc.pre(!text.includes('__proto__'));
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
    );
    expect(parseJson('')).toBeUndefined();
    expect(parseJson('{"text":"caf\\u00e9"}')).toEqual({ text: 'café' });
    expect(parseJson('{"text":"about __proto__ and more"}')).toEqual({ text: 'about __proto__ and more' });
  });

  it.each(['{', '{"a":1,}', 'undefined', "{'a':1}", '{"__proto__":{"admin":true}}', '{"a":[{"__pr\\u006fto__":1}]}', '\u0000', '[1]x'])(
    'refuses %j and does not repeat it',
    (text) => {
      const error = (() => {
        try {
          return parseJson(text);
        } catch (thrown) {
          return thrown;
        }
      })();
      expect(error).toBeInstanceOf(ApiError);
      expect((error as ApiError).body).toEqual({
        code: 1025,
        title: 'Request is not valid',
        details: 'Unable to decode json from the request: Syntax error',
      });
    },
  );

  it('survives a million brackets', () => {
    const deep = '['.repeat(500_000) + ']'.repeat(500_000);
    expect(Array.isArray(parseJson(deep))).toBe(true);
    expect(() => parseJson(`{"a":"\\u0041","b":${deep}}`)).toThrow(ApiError);
  });
});
