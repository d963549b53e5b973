import { trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contextFromTraceparent, inSpan, traceIdOf, traceparentOf } from './index.ts';

const hex = (length: number) => fc.string({ unit: fc.constantFrom(...'0123456789abcdef'.split('')), minLength: length, maxLength: length });

describe('a traceparent', () => {
  it('is carried on unchanged where no SDK runs', async () => {
    const parts = fc.tuple(hex(32), hex(16), fc.constantFrom('00', '01')).filter(([traceId, spanId]) => !/^0+$/.test(traceId) && !/^0+$/.test(spanId));
    await fc.assert(
      fc.asyncProperty(parts, async ([traceId, spanId, flags]) => {
        const traceparent = `00-${traceId}-${spanId}-${flags}`;
        expect(await inSpan('step', { parent: traceparent }, traceparentOf)).toBe(traceparent);
        expect(traceIdOf(traceparent)).toBe(traceId);
      }),
    );
  });

  it('that is none starts from the root', () => {
    for (const text of [undefined, '', 'x', '01-a-b-c', `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`]) {
      expect(trace.getSpanContext(contextFromTraceparent(text))).toBeUndefined();
    }
  });
});

describe('inSpan', () => {
  it('answers what its function answers and throws what it throws', async () => {
    expect(await inSpan('step', {}, () => 5)).toBe(5);
    await expect(inSpan('step', {}, () => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
  });
});
