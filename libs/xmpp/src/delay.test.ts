import { describe, expect, it } from 'vitest';
import { delayMicros, delayStamp } from './delay.ts';
import { parseXml } from './element.ts';

const delayed = (...stamps: string[]) =>
  parseXml(`<message>${stamps.map((stamp) => `<delay xmlns='urn:xmpp:delay' from='example.org' stamp='${stamp}'/>`).join('')}</message>`);

describe('the delay stamp', () => {
  it('keeps the microseconds a Date cannot hold', () => {
    const first = delayed('2024-05-06T07:08:09.123456Z');
    const second = delayed('2024-05-06T07:08:09.123457Z');
    expect(delayMicros(first)).toBe(BigInt(Date.UTC(2024, 4, 6, 7, 8, 9)) * 1000n + 123_456n);
    expect((delayMicros(second) ?? 0n) - (delayMicros(first) ?? 0n)).toBe(1n);
    expect(delayStamp(first)).toEqual(new Date('2024-05-06T07:08:09.123Z'));
  });

  it('reads stamps without a fraction and with an offset', () => {
    expect(delayStamp(delayed('2024-05-06T07:08:09Z'))).toEqual(new Date('2024-05-06T07:08:09Z'));
    expect(delayStamp(delayed('2024-05-06T07:08:09.5+02:00'))).toEqual(new Date('2024-05-06T05:08:09.500Z'));
  });

  it('is the earliest of several', () => {
    expect(delayStamp(delayed('2024-05-06T07:08:10Z', '2024-05-06T07:08:09Z'))).toEqual(new Date('2024-05-06T07:08:09Z'));
  });

  it('is absent without a readable stamp, or one by the entity asked for', () => {
    expect(delayStamp(delayed())).toBeUndefined();
    expect(delayStamp(delayed('yesterday'))).toBeUndefined();
    expect(delayStamp(delayed('2024-05-06T07:08:09Z'), 'other.org')).toBeUndefined();
    expect(delayStamp(delayed('2024-05-06T07:08:09Z'), 'example.org')).toBeDefined();
  });
});
