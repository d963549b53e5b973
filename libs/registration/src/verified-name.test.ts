import { expect, it } from 'vitest';
import { verifiedNameExpiry } from './index.ts';

const certificate = (payload: string) => Buffer.from(JSON.stringify({ payload, signature: 'x' })).toString('base64');

it('reads when a verified-name certificate expires, and nothing from what is none', () => {
  expect(verifiedNameExpiry(certificate('{"expires_at":1764000000}'))).toBe(1_764_000_000_000);
  for (const none of [certificate('{"expires_at":"soon"}'), certificate('{'), certificate('null'), 'nonsense', '']) expect(verifiedNameExpiry(none)).toBeUndefined();
});
