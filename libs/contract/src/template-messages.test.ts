import { describe, expect, it } from 'vitest';
import { ApiError } from './errors.ts';
import { parseRequest } from './requests.ts';
import { hsmPayload, templatePayload, templateTtl } from './template-messages.ts';

const language = { policy: 'deterministic', code: 'en_US' };
const template = (components: readonly unknown[], more: object = {}) => ({ name: 'order_ready', language, components, ...more });
const body = (...parameters: readonly unknown[]) => template([{ type: 'body', parameters }]);
const hsm = (...params: readonly unknown[]) => ({ namespace: 'n', element_name: 'order_ready', language, localizable_params: params });

function codeOf(work: () => unknown) {
  try {
    work();
  } catch (error) {
    if (error instanceof ApiError) return error.body.code;
    throw error;
  }
  return 'none';
}

describe('a template message', () => {
  it('takes the documented example, numbers as strings too', () => {
    const parsed = parseRequest(templatePayload, {
      namespace: 'cdb2df51_9816_c754',
      name: 'order_ready',
      language,
      components: [
        { type: 'header', parameters: [{ type: 'image', image: { link: 'https://x/y.jpg', provider: { name: 'cdn1' } } }] },
        {
          type: 'body',
          parameters: [
            { type: 'text', text: 'Ann' },
            { type: 'currency', currency: { fallback_value: '$100.99', code: 'USD', amount_1000: '100990' } },
            { type: 'date_time', date_time: { fallback_value: '25 Feb', day_of_week: '5', day_of_month: 25, month: 2, year: '1977' } },
            { type: 'date_time', date_time: { fallback_value: 'Friday', day_of_week: 'FRIDAY' } },
          ],
        },
        { type: 'button', sub_type: 'quick_reply', index: '0', parameters: [{ type: 'payload', payload: 'yes' }] },
        { type: 'button', sub_type: 'url', index: 1, parameters: [{ type: 'text', text: 'abc' }] },
      ],
    });
    expect(parsed.components).toMatchObject([
      {},
      { parameters: [{}, { currency: { amount_1000: 100_990 } }, { date_time: { day_of_week: 5, year: 1977 } }, { date_time: { day_of_week: 5 } }] },
      { index: 0 },
      { index: 1 },
    ]);
  });

  it('is deterministic and without components when nothing else is said', () => {
    expect(parseRequest(templatePayload, { name: 'hello', language: { code: 'en' } })).toEqual({
      name: 'hello',
      language: { policy: 'deterministic', code: 'en' },
      components: [],
    });
  });

  it.each([
    [{ language }, 1008],
    [{ name: 'a' }, 1008],
    [template([], { ttl: 1 }), 1010],
    [template([], { language: { policy: 'perhaps', code: 'en' } }), 1009],
    [template([], { language: { code: '../../etc' } }), 1009],
    [template([], { name: 'a b' }), 1009],
    [template([{ type: 'body' }, { type: 'body' }]), 1009],
    [template([{ type: 'footer' }]), 1009],
    [template([{ type: 'button', sub_type: 'quick_reply', index: '10' }]), 1009],
    [body({ type: 'text' }), 1008],
    [body({ type: 'text', text: '' }), 1009],
    [body({ type: 'text', text: 'a\u0000' }), 1009],
    [body({ type: 'currency', currency: { code: 'USD', amount_1000: 1 } }), 1008],
    [body({ type: 'currency', currency: { fallback_value: 'x', code: 'dollar', amount_1000: 1 } }), 1009],
    [body({ type: 'date_time', date_time: { fallback_value: 'x', month: 13 } }), 1009],
    [body({ type: 'date_time', date_time: { fallback_value: 'x', timestamp: 1, month: 1 } }), 1009],
    [body({ type: 'image', image: { id: 'a', link: 'https://x/y' } }), 1009],
    [body({ type: 'image', image: { id: 'a', provider: { name: 'cdn' } } }), 1009],
    [body({ type: 'image', image: { link: 'file:///etc/passwd' } }), 1009],
  ])('%# is refused: %j', (payload, code) => {
    expect(codeOf(() => parseRequest(templatePayload, payload))).toBe(code);
  });
});

describe('an hsm message', () => {
  it('takes the documented parameters', () => {
    const params = [
      { default: '$10' },
      { default: '$100.99', currency: { currency_code: 'usd', amount_1000: 100_990 } },
      { default: '25 Feb', date_time: { component: { day_of_week: 5, month: '2', calendar: 'GREGORIAN' } } },
      { default: '25 Feb', date_time: { unix_epoch: { timestamp: '225750780' } } },
    ];
    const parsed = parseRequest(hsmPayload, hsm(...params));
    expect(parsed.localizable_params[1]?.currency?.currency_code).toBe('USD');
    expect(parsed.localizable_params[3]?.date_time).toEqual({ unix_epoch: { timestamp: 225_750_780 } });
  });

  it.each([
    [{ ...hsm(), namespace: undefined }, 1008],
    [{ ...hsm(), components: [] }, 1010],
    [hsm('text'), 1009],
    [hsm({}), 1008],
    [hsm({ default: 'x', date_time: { month: 1 } }), 1009],
  ])('%# is refused: %j', (payload, code) => {
    expect(codeOf(() => parseRequest(hsmPayload, payload))).toBe(code);
  });
});

it.each([
  ['P1D', 86_400],
  ['PT90M', 5400],
  ['P1DT1H1M1S', 90_061],
  ['3600', 3600],
  [60, 60],
])('a ttl of %j is %d seconds', (ttl, seconds) => {
  expect(templateTtl.parse(ttl)).toBe(seconds);
});

it.each(['', 'P', 'P1W', '-1', 0, 'P31D', 1.5, null])('a ttl of %j is refused', (ttl) => {
  expect(templateTtl.safeParse(ttl).success).toBe(false);
});
