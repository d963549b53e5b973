import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Checker, checkRecipient } from './checker.ts';
import { keyOf, textOf } from './content.ts';

const none = { lost: [], duplicated: [], reordered: [], unexpected: [] };
const check = (accepted: readonly number[], shown: readonly number[], uncertain: readonly number[] = []) =>
  checkRecipient({ accepted: new Set(accepted), uncertain: new Set(uncertain), shown });

describe('the check of one recipient', () => {
  it.each([
    ['nothing', [1, 2, 3], [1, 2, 3], none],
    ['a lost message', [1, 2, 3], [1, 3], { ...none, lost: [2] }],
    ['a message shown twice', [1, 2, 3], [1, 2, 2, 3], { ...none, duplicated: [2] }],
    ['a message shown twice, much later', [1, 2, 3], [1, 2, 3, 1], { ...none, duplicated: [1] }],
    ['a message shown three times', [1], [1, 1, 1], { ...none, duplicated: [1, 1] }],
    ['two messages exchanged', [1, 2, 3], [2, 1, 3], { ...none, reordered: [1] }],
    ['a message that overtakes many', [1, 2, 3], [3, 1, 2], { ...none, reordered: [1, 2] }],
    ['a message that nobody posted', [1, 2], [1, 7, 2], { ...none, unexpected: [7] }],
    ['all at once', [1, 2, 3, 4], [2, 1, 1, 4], { lost: [3], duplicated: [1], reordered: [1], unexpected: [] }],
  ] as const)('finds %s', (_name, accepted, shown, faults) => {
    expect(check(accepted, shown)).toEqual(faults);
  });

  it('expects nothing of a message whose post failed, but that it is not shown twice', () => {
    expect(check([1, 3], [1, 3], [2])).toEqual(none);
    expect(check([1, 3], [1, 3, 2], [2])).toEqual(none);
    expect(check([1, 3], [2, 1, 3], [2])).toEqual(none);
    expect(check([1, 3], [1, 2, 2, 3], [2])).toEqual({ ...none, duplicated: [2] });
  });
});

const counts = fc.integer({ min: 1, max: 40 });
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('the check of one recipient, whatever happens', () => {
  it('finds no fault where there is none', () => {
    fc.assert(
      fc.property(counts, (count) => {
        expect(check(upTo(count), upTo(count))).toEqual(none);
      }),
    );
  });

  it('finds exactly the messages taken away', () => {
    fc.assert(
      fc.property(counts, fc.func(fc.boolean()), (count, isLost) => {
        const lost = upTo(count).filter((sequence) => isLost(sequence));
        const shown = upTo(count).filter((sequence) => !lost.includes(sequence));
        expect(check(upTo(count), shown)).toEqual({ ...none, lost });
      }),
    );
  });

  it('finds exactly the repetitions put in, wherever they are', () => {
    fc.assert(
      fc.property(counts, fc.array(fc.tuple(fc.nat(), fc.nat())), (count, repetitions) => {
        const shown: number[] = upTo(count);
        const repeated: number[] = [];
        for (const [which, where] of repetitions) {
          const sequence = (which % count) + 1;
          repeated.push(sequence);
          shown.splice(shown.indexOf(sequence) + 1 + (where % (shown.length - shown.indexOf(sequence))), 0, sequence);
        }
        const faults = check(upTo(count), shown);
        expect([...faults.duplicated].sort((a, b) => a - b)).toEqual(repeated.sort((a, b) => a - b));
        expect(faults).toMatchObject({ lost: [], reordered: [], unexpected: [] });
      }),
    );
  });

  it('finds every message that comes after a later one, and no other', () => {
    const shuffled = counts.chain((count) => fc.shuffledSubarray(upTo(count), { minLength: count, maxLength: count }));
    fc.assert(
      fc.property(shuffled, (shown) => {
        const overtaken = shown.filter((sequence, index) => shown.slice(0, index).some((earlier) => earlier > sequence));
        expect(check(upTo(shown.length), shown)).toEqual({ ...none, reordered: overtaken });
      }),
    );
  });

  it('counts every showing once: as the first, as a repetition, or as unexpected', () => {
    const anything = fc.array(fc.integer({ min: 1, max: 12 }));
    fc.assert(
      fc.property(anything, anything, anything, (accepted, uncertain, shown) => {
        const { lost, duplicated, unexpected } = check(accepted, shown, uncertain);
        const known = new Set([...accepted, ...uncertain]);
        const first = new Set(shown.filter((sequence) => known.has(sequence)));
        expect(first.size + duplicated.length + unexpected.length).toBe(shown.length);
        expect(new Set([...lost, ...first])).toEqual(new Set([...accepted, ...first]));
      }),
    );
  });
});

describe('the checker', () => {
  const key = (sequence: number, recipient = '1555') => ({ recipient, sequence });

  it('counts as missing what is accepted and not shown, in whichever order it hears of them', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 6 }))), (events) => {
        const checker = new Checker();
        const accepted = new Set<number>();
        const shown = new Set<number>();
        for (const [isAccepted, sequence] of events) {
          if (isAccepted && !accepted.has(sequence)) checker.accepted(key(sequence));
          if (!isAccepted) checker.shown('1555', key(sequence));
          (isAccepted ? accepted : shown).add(sequence);
          expect(checker.missingCount).toBe([...accepted].filter((each) => !shown.has(each)).length);
          expect(checker.shownCount).toBe(shown.size);
        }
      }),
    );
  });

  it('finds a message shown by the wrong phone, which is also lost to its recipient', () => {
    const checker = new Checker();
    checker.accepted(key(1));
    checker.shown('1666', key(1));
    expect(checker.faults()).toEqual({ lost: [key(1)], duplicated: [], reordered: [], unexpected: [], misdelivered: [key(1)] });
    expect(checker.missingCount).toBe(1);
  });

  it('keeps recipients apart', () => {
    const checker = new Checker();
    for (const recipient of ['1', '2']) for (const sequence of [1, 2]) checker.accepted(key(sequence, recipient));
    checker.shown('1', key(1, '1'));
    checker.shown('2', key(2, '2'));
    checker.shown('1', key(2, '1'));
    checker.shown('2', key(1, '2'));
    expect(checker.faults()).toMatchObject({ lost: [], duplicated: [], reordered: [key(1, '2')] });
  });
});

describe('a text', () => {
  it('says which message it is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9a-f]{8}$/), fc.stringMatching(/^[1-9]\d{6,14}$/), fc.nat(), (run, recipient, sequence) => {
        expect(keyOf(run, textOf(run, { recipient, sequence }))).toEqual({ recipient, sequence });
      }),
    );
  });

  it('of another run, or changed on the way, is none', () => {
    const text = textOf('a', { recipient: '1555', sequence: 7 });
    expect(keyOf('b', text)).toBeUndefined();
    expect(keyOf('a', `${text} `)).toBeUndefined();
    expect(keyOf('a', text.slice(0, -1))).toBeUndefined();
  });
});
