import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReceivedStanzas, SentStanzas } from './counters.ts';

const modulus = 2 ** 32;
const starts = fc.oneof(fc.constant(0), fc.integer({ min: modulus - 40, max: modulus - 1 }));

describe('the count of received stanzas', () => {
  it('is the longest handled run, whatever the order of completion, also past 2^32', () => {
    fc.assert(
      fc.property(starts, fc.array(fc.boolean(), { maxLength: 200 }), fc.infiniteStream(fc.nat()), (start, steps, choices) => {
        const received = new ReceivedStanzas(start);
        const done: boolean[] = [];
        const open: { place: number; index: number }[] = [];
        for (const arrives of steps) {
          if (arrives || open.length === 0) {
            open.push({ place: received.arrived(), index: done.length });
            done.push(false);
          } else {
            const [chosen] = open.splice((choices.next().value as number) % open.length, 1);
            if (!chosen) continue;
            done[chosen.index] = true;
            received.handled(chosen.place);
          }
          const run = done.includes(false) ? done.indexOf(false) : done.length;
          expect(received.h).toBe((start + run) % modulus);
          expect(received.unhandled).toBe(open.length);
        }
      }),
    );
  });

  it('keeps counting over many stanzas', () => {
    const received = new ReceivedStanzas();
    const first = received.arrived();
    const places = Array.from({ length: 5_000 }, () => received.arrived());
    places.forEach((place) => received.handled(place));
    expect(received.h).toBe(0);
    received.handled(first);
    expect(received.h).toBe(5_001);
    received.handled(received.arrived());
    expect(received.h).toBe(5_002);
  });
});

describe('the sent stanzas', () => {
  it('are acknowledged in sending order, each once, also past 2^32', () => {
    fc.assert(
      fc.property(starts, fc.array(fc.tuple(fc.nat(5), fc.nat(5))), (start, steps) => {
        const sent = new SentStanzas(start);
        const all: string[] = [];
        const acknowledged: string[] = [];
        let h = 0;
        for (const [adding, covering] of steps) {
          for (let index = 0; index < adding; index++) {
            all.push(`m${all.length}`);
            sent.add(all.at(-1));
          }
          h = Math.min(h + covering, all.length);
          acknowledged.push(...(sent.acknowledge((start + h) % modulus) ?? ['too high']));
          expect(acknowledged).toEqual(all.slice(0, h));
          expect(sent.ids()).toEqual(all.slice(h));
          expect(sent.acknowledge((start + all.length + 1) % modulus)).toBeUndefined();
        }
      }),
    );
  });

  it('without an id are counted and not reported', () => {
    const sent = new SentStanzas();
    ['a', undefined, 'b'].forEach((id) => sent.add(id));
    expect(sent.acknowledge(2)).toEqual(['a']);
    expect(sent.ids()).toEqual(['b']);
    expect(sent.acknowledge(Number.NaN)).toBeUndefined();
    expect(sent.acknowledge(-1)).toBeUndefined();
    expect(sent.acknowledge(1)).toBeUndefined();
  });
});
