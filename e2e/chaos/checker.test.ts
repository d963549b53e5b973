import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check, outstanding, type Promised, promises } from './checker.ts';
import type { History, Shown } from './history.ts';
import { customers, keptHistory, keptHistoryWithRepeats } from './testing/histories.ts';

/** Spoils one thing in a history, chosen by a number; undefined where there is no such thing. */
type Corruption = (history: History, choice: number) => History | undefined;

const at = <T>(items: readonly T[], choice: number): T | undefined => items[choice % Math.max(1, items.length)];
const otherThan = (customer: string) => customers.find((one) => one !== customer) ?? '';

/** With the item at hand, chosen among those that fit, and its place in the list. */
function changing<T>(items: readonly T[], choice: number, fits: (item: T) => boolean = () => true): { readonly item: T; readonly index: number } | undefined {
  const places = items.flatMap((item, index) => (fits(item) ? [index] : []));
  const index = at(places, choice);
  return index === undefined ? undefined : { item: items[index] as T, index };
}

const acceptedMarks = ({ posts }: History) => new Set(posts.flatMap(({ id, mark }) => (id === undefined ? [] : [mark])));
const acceptedIds = ({ posts }: History) => new Set(posts.flatMap(({ id }) => id ?? []));

const onShown =
  (change: (shown: readonly Shown[], index: number, item: Shown) => readonly Shown[]): Corruption =>
  (history, choice) => {
    const accepted = acceptedMarks(history);
    const found = changing(history.shown, choice, ({ mark }) => accepted.has(mark));
    return found && { ...history, shown: change(history.shown, found.index, found.item) };
  };

/** Two places, one after the other in the list, that belong together. */
function neighbours<T>(items: readonly T[], choice: number, keyOf: (item: T) => string, differ: (a: T, b: T) => boolean): readonly [number, number] | undefined {
  const pairs = [...Map.groupBy(items.keys(), (index) => keyOf(items[index] as T)).values()].flatMap((places) =>
    places.slice(1).flatMap((second, before) => {
      const first = places[before] as number;
      return differ(items[first] as T, items[second] as T) ? [[first, second] as const] : [];
    }),
  );
  return at(pairs, choice);
}

const swapped = <T>(items: readonly T[], [first, second]: readonly [number, number]): readonly T[] =>
  items.with(first, items[second] as T).with(second, items[first] as T);

const withoutStatus =
  (status: string): Corruption =>
  (history, choice) => {
    const ids = acceptedIds(history);
    const found = changing(history.statuses, choice, (one) => one.status === status && ids.has(one.id));
    return found && { ...history, statuses: history.statuses.filter((one) => one.status !== status || one.id !== found.item.id) };
  };

const corruptions: readonly (readonly [string, Promised, Corruption])[] = [
  ['a message is not shown', 'shown', onShown((shown, index) => shown.toSpliced(index, 1))],
  ['a message is shown twice', 'shown once', onShown((shown, index, item) => shown.toSpliced(index, 0, item))],
  ['a message is shown again much later', 'shown once', onShown((shown, _index, item) => [...shown, item])],
  ['a message is shown to somebody else', 'shown to nobody else', onShown((shown, index, item) => shown.with(index, { ...item, customer: otherThan(item.customer) }))],
  ['a message is shown to somebody else, too', 'shown to nobody else', onShown((shown, _index, item) => [...shown, { ...item, customer: otherThan(item.customer) }])],
  ['something is shown that nobody posted', 'shown to nobody else', onShown((shown, _index, item) => [...shown, { ...item, mark: 'out of nowhere' }])],
  ['a message is shown as another kind', 'shown as it was posted', onShown((shown, index, item) => shown.with(index, { ...item, kind: 'unknown' }))],
  ['a message is shown as about another', 'shown as it was posted', onShown((shown, index, item) => shown.with(index, { ...item, about: 'something else' }))],
  [
    'two messages are shown in reversed order',
    'shown in order',
    (history, choice) => {
      const pair = neighbours(history.shown, choice, ({ customer }) => customer, () => true);
      return pair && { ...history, shown: swapped(history.shown, pair) };
    },
  ],
  [
    'a customer’s message is not called back',
    'called back',
    (history, choice) => {
      const found = changing(history.messages, choice);
      return found && { ...history, messages: history.messages.filter(({ mark }) => mark !== found.item.mark) };
    },
  ],
  [
    'two messages are called back in reversed order',
    'called back in order',
    (history, choice) => {
      const first = history.messages.filter((one, index, all) => all.findIndex(({ mark }) => mark === one.mark) === index);
      const pair = neighbours(first, choice, ({ customer }) => customer, () => true);
      return pair && { ...history, messages: swapped(first, pair) };
    },
  ],
  [
    'a message is called back under a second id',
    'called back under one id',
    (history, choice) => {
      const found = changing(history.messages, choice);
      return found && { ...history, messages: [...history.messages, { ...found.item, id: 'another' }] };
    },
  ],
  [
    'two messages of customers have one id',
    'an id is one message',
    (history, choice) => {
      const found = changing(history.messages, choice);
      const other = found && history.messages.find(({ mark }) => mark !== found.item.mark);
      return other && { ...history, messages: history.messages.map((one) => (one.mark === found.item.mark ? { ...one, id: other.id } : one)) };
    },
  ],
  [
    'two posts have one id',
    'an id is one message',
    (history, choice) => {
      const found = changing(history.posts, choice, ({ id }) => id !== undefined);
      const other = found && history.posts.find(({ id, mark }) => id !== undefined && mark !== found.item.mark);
      return other?.id === undefined ? undefined : { ...history, posts: history.posts.with(found?.index ?? 0, { ...(found?.item ?? other), id: other.id }) };
    },
  ],
  [
    'a message is called back as another customer’s',
    'called back as it was written',
    (history, choice) => {
      const found = changing(history.messages, choice);
      return found && { ...history, messages: history.messages.with(found.index, { ...found.item, customer: otherThan(found.item.customer) }) };
    },
  ],
  [
    'a message is called back as another kind',
    'called back as it was written',
    (history, choice) => {
      const found = changing(history.messages, choice);
      return found && { ...history, messages: history.messages.with(found.index, { ...found.item, kind: 'unknown' }) };
    },
  ],
  [
    'something is called back that nobody wrote',
    'called back as it was written',
    (history) => ({ ...history, messages: [...history.messages, { id: 'new', customer: customers[0], mark: 'in from nowhere', kind: 'text', atMs: 1 }] }),
  ],
  [
    'a file is lost',
    'files are whole',
    (history, choice) => {
      const found = changing(history.files, choice);
      return found && { ...history, files: history.files.toSpliced(found.index, 1) };
    },
  ],
  [
    'a file is another',
    'files are whole',
    (history, choice) => {
      const found = changing(history.files, choice);
      return found && { ...history, files: history.files.with(found.index, { ...found.item, isWhole: false }) };
    },
  ],
  ['`sent` is not called back', 'status called back', withoutStatus('sent')],
  ['`delivered` is not called back', 'status called back', withoutStatus('delivered')],
  ['`read` is not called back', 'status called back', withoutStatus('read')],
  [
    'two statuses of a message are called back in reversed order',
    'statuses in order',
    (history, choice) => {
      const ids = acceptedIds(history);
      const first = history.statuses.filter((one, index, all) => all.findIndex(({ id, status }) => id === one.id && status === one.status) === index);
      const known = first.filter(({ id }) => ids.has(id));
      const pair = neighbours(known, choice, ({ id }) => id, (a, b) => a.status !== b.status);
      return pair && { ...history, statuses: swapped(known, pair) };
    },
  ],
  [
    'the same status of two messages is called back in reversed order',
    'statuses in order',
    (history, choice) => {
      const ids = acceptedIds(history);
      const first = history.statuses.filter((one, index, all) => all.findIndex(({ id, status }) => id === one.id && status === one.status) === index);
      const known = first.filter(({ id, status }) => ids.has(id) && status !== 'read');
      const pair = neighbours(known, choice, ({ customer, status }) => `${customer} ${status}`, (a, b) => a.id !== b.id);
      return pair && { ...history, statuses: swapped(known, pair) };
    },
  ],
  [
    'a message fails',
    'no failure',
    (history, choice) => {
      const post = changing(history.posts, choice, ({ id }) => id !== undefined)?.item;
      return post?.id === undefined ? undefined : { ...history, statuses: [...history.statuses, { id: post.id, status: 'failed', customer: post.customer, atMs: 9 }] };
    },
  ],
  [
    'a status names another customer',
    'statuses of nothing else',
    (history, choice) => {
      const ids = acceptedIds(history);
      const found = changing(history.statuses, choice, ({ id }) => ids.has(id));
      return found && { ...history, statuses: history.statuses.with(found.index, { ...found.item, customer: otherThan(found.item.customer) }) };
    },
  ],
  [
    'a status is of no message',
    'statuses of nothing else',
    (history) => {
      const lost = history.posts.filter(({ id }) => id === undefined).length;
      const strangers = Array.from({ length: lost + 1 }, (_, index) => ({ id: `stranger-${index}`, status: 'sent', customer: customers[0], atMs: index }));
      return { ...history, statuses: [...history.statuses, ...strangers] };
    },
  ],
  [
    'what the business has read is not shown as read',
    'read by the business is shown',
    (history, choice) => {
      const found = changing(history.ticks, choice);
      return found && { ...history, ticks: history.ticks.toSpliced(found.index, 1) };
    },
  ],
  [
    'an epoch has two owners',
    'one owner an epoch',
    (history, choice) => {
      const found = changing(history.ownership, choice);
      return found && { ...history, ownership: history.ownership.toSpliced(found.index + 1, 0, { ...found.item, owner: 'coreapp9' }) };
    },
  ],
  [
    'an epoch comes back',
    'epochs grow',
    (history, choice) => {
      const found = changing(history.ownership, choice, ({ epoch }) => epoch < 4);
      return found && { ...history, ownership: [...history.ownership, found.item] };
    },
  ],
  ...([500, 502, 504] as const).map((status): readonly [string, Promised, Corruption] => [
    `a call is answered ${status}`,
    'only 503 refuses, with Retry-After',
    (history) => ({ ...history, refusals: [...history.refusals, { call: 'POST /v1/messages', status, retryAfter: '1', atMs: 1 }] }),
  ]),
  [
    'a 503 does not say when to come again',
    'only 503 refuses, with Retry-After',
    (history) => ({ ...history, refusals: [...history.refusals, { call: 'POST /v1/messages', status: 503, atMs: 1 }] }),
  ],
  ...(
    [
      ['bounced', 'never bounced'],
      ['unreadable', 'always readable'],
      ['died', 'nothing dies by itself'],
      ['refused', 'valid calls are accepted'],
    ] as const
  ).map(([what, promise]): readonly [string, Promised, Corruption] => [
    `something ${what}`,
    promise,
    (history) => ({ ...history, incidents: [{ what, detail: 'seen', atMs: 1 }] }),
  ]),
];

const promisesBroken = (history: History) => check(history).map(({ promise }) => promise);

describe('the checker', () => {
  it('finds nothing in a history that kept every promise', () => {
    fc.assert(
      fc.property(keptHistory, (history) => {
        expect(check(history)).toEqual([]);
      }),
    );
  });

  it('does not mind callbacks that come again, however often and however late', () => {
    fc.assert(
      fc.property(keptHistoryWithRepeats, (history) => {
        expect(check(history)).toEqual([]);
        expect(outstanding(history)).toEqual({ shown: 0, statuses: 0, calledBack: 0, files: 0, ticks: 0 });
      }),
    );
  });

  it.each(corruptions)('finds it when %s', (_what, promise, corrupt) => {
    let found = 0;
    fc.assert(
      fc.property(keptHistoryWithRepeats, fc.nat(1_000), (history, choice) => {
        const spoiled = corrupt(history, choice);
        fc.pre(spoiled !== undefined);
        expect(promisesBroken(spoiled)).toContain(promise);
        found++;
      }),
    );
    expect(found).toBeGreaterThan(0);
  });

  it('is tried on every promise', () => {
    expect(new Set(corruptions.map(([, promise]) => promise))).toEqual(new Set(promises));
  });

  it('minds a message that nobody was told of only if it was answered with 201', () => {
    const post = { mark: 'out 1', kind: 'text', customer: customers[0], postedAtMs: 0, attempts: 3 };
    const empty: History = { posts: [post], shown: [], written: [], messages: [], statuses: [], files: [], reads: [], ticks: [], refusals: [], ownership: [], incidents: [] };
    expect(promisesBroken(empty)).toEqual([]);
    expect(promisesBroken({ ...empty, posts: [{ ...post, id: 'a', acceptedAtMs: 1 }] })).toEqual(['shown', 'status called back', 'status called back']);
  });
});
