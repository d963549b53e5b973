import type { Element } from 'ltx';
import { ns } from './namespaces.ts';

const dateTime = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

/**
 * When a delayed stanza was first seen (XEP-0203), in microseconds since 1970; undefined when it was not delayed. The
 * earliest stamp counts, as every redelivery may add one. `by` restricts it to the stamps of one entity: whoever sends a
 * stanza can put a stamp in it.
 */
export function delayMicros(stanza: Element, by?: string): bigint | undefined {
  let earliest: bigint | undefined;
  for (const delay of stanza.getChildren('delay', ns.delay)) {
    if (by !== undefined && delay.attrs['from'] !== by) continue;
    const micros = parseMicros(String(delay.attrs['stamp']));
    if (micros !== undefined && (earliest === undefined || micros < earliest)) earliest = micros;
  }
  return earliest;
}

/** As `delayMicros`, rounded down to milliseconds: two stanzas can share one Date, so do not restore an order with it. */
export function delayStamp(stanza: Element, by?: string): Date | undefined {
  const micros = delayMicros(stanza, by);
  return micros === undefined ? undefined : new Date(Number(micros / 1000n));
}

/** XEP-0082 date and time; a Date keeps milliseconds, servers write microseconds. */
function parseMicros(stamp: string): bigint | undefined {
  const match = dateTime.exec(stamp);
  if (!match) return undefined;
  const [, seconds = '', fraction = '', zone = ''] = match;
  const milliseconds = Date.parse(`${seconds}${zone}`);
  if (Number.isNaN(milliseconds)) return undefined;
  return BigInt(milliseconds) * 1000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'));
}
