import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGate, isAnswerTo, maxAgeMs, type RequestEnvelope, signAnswer, signRequest } from './envelope.ts';

const secret = 'a secret of the cluster';
const text = fc.string({ unit: 'grapheme' });

describe('the gate', () => {
  it('admits a genuine request once, whatever its body', () => {
    fc.assert(
      fc.property(text, text, fc.option(text, { nil: undefined }), (pattern, body, trace) => {
        const admit = createGate(secret, () => 5000);
        const request = signRequest(secret, pattern, body, 5000, trace);
        expect(admit(pattern, JSON.parse(JSON.stringify(request)))).toEqual(request);
        expect(admit(pattern, request)).toBe('replayed');
      }),
    );
  });

  it('refuses a request when any part of it, its pattern or the secret is another', () => {
    const change = fc.oneof(
      fc.record({ issuedAtMs: fc.integer({ min: 1, max: 10_000 }) }),
      fc.record({ nonce: text }),
      fc.record({ trace: text }),
      fc.record({ body: text }),
      fc.record({ mac: text }),
    ) as fc.Arbitrary<Partial<RequestEnvelope>>;
    fc.assert(
      fc.property(change, (changed) => {
        const admit = createGate(secret, () => 5000);
        const request = signRequest(secret, 'health.get', '{}', 5000);
        fc.pre(Object.entries(changed).some(([name, value]) => request[name as keyof RequestEnvelope] !== value));
        expect(admit('health.get', { ...request, ...changed })).toBe('forged');
      }),
    );
    const request = signRequest(secret, 'health.get', '{}', 5000);
    expect(createGate(secret, () => 5000)('contacts.check', request)).toBe('forged');
    expect(createGate('another secret', () => 5000)('health.get', request)).toBe('forged');
  });

  it('refuses a request that is too old or from the future, and never admits one twice while it remembers', () => {
    fc.assert(
      fc.property(fc.integer({ min: -2 * maxAgeMs, max: 2 * maxAgeMs }), fc.array(fc.integer({ min: 0, max: maxAgeMs / 2 }), { maxLength: 20 }), (skewMs, pauses) => {
        let now = 1_000_000;
        const admit = createGate(secret, () => now);
        const request = signRequest(secret, 'health.get', '{}', now + skewMs);
        let admitted = 0;
        for (const pause of [0, ...pauses]) {
          now += pause;
          admit('health.get', signRequest(secret, 'health.get', '{}', now));
          const isFresh = Math.abs(now - request.issuedAtMs) <= maxAgeMs;
          const outcome = admit('health.get', request);
          if (typeof outcome !== 'string') admitted++;
          else expect(outcome).toBe(isFresh ? 'replayed' : 'stale');
        }
        expect(admitted).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('refuses whatever is no request', () => {
    const admit = createGate(secret, () => 0);
    fc.assert(fc.property(fc.anything(), (value) => admit('health.get', value) === 'malformed'));
  });
});

describe('an answer', () => {
  it('answers its own request only', () => {
    const [one, other] = [1, 2].map((nowMs) => signRequest(secret, 'health.get', '{}', nowMs)) as [RequestEnvelope, RequestEnvelope];
    const answer = signAnswer(secret, one, '{"answer":1}');
    expect(isAnswerTo(secret, one, answer)).toBe(true);
    expect(isAnswerTo(secret, other, answer)).toBe(false);
    expect(isAnswerTo(secret, one, { ...answer, body: '{"answer":2}' })).toBe(false);
    expect(isAnswerTo('another secret', one, answer)).toBe(false);
    expect(isAnswerTo(secret, one, { refused: true })).toBe(false);
  });
});
