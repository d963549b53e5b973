import type { CalledBackStatus, History, Post } from './history.ts';

export const promises = [
  'shown',
  'shown once',
  'shown in order',
  'shown to nobody else',
  'shown as it was posted',
  'called back',
  'called back in order',
  'called back under one id',
  'called back as it was written',
  'files are whole',
  'status called back',
  'statuses in order',
  'statuses of nothing else',
  'no failure',
  'an id is one message',
  'read by the business is shown',
  'one owner an epoch',
  'epochs grow',
  'never bounced',
  'always readable',
  'nothing dies by itself',
  'valid calls are accepted',
  'only 503 refuses, with Retry-After',
] as const;

export type Promised = (typeof promises)[number];

/** A promise that was not kept. */
export interface Breach {
  readonly promise: Promised;
  readonly detail: string;
  /** The mark of the message that it is about. */
  readonly mark?: string;
  readonly customer?: string;
  /** When it came about, or when what was lost began. */
  readonly atMs: number;
}

interface Sighting {
  readonly mark: string;
  readonly atMs: number;
}

const grouped = <T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> => Map.groupBy(items, keyOf);

function firsts<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const known = new Set<string>();
  return items.filter((item) => {
    const key = keyOf(item);
    if (known.has(key)) return false;
    known.add(key);
    return true;
  });
}

/** Of what was seen in another order than it was made: each that came after a later one. */
function overtaken(made: readonly string[], seen: readonly Sighting[]): { readonly one: Sighting; readonly after: string }[] {
  const position = new Map(made.map((mark, index) => [mark, index]));
  let latest = -1;
  return firsts(seen, ({ mark }) => mark).flatMap((one) => {
    const at = position.get(one.mark);
    if (at === undefined) return [];
    if (at > latest) {
      latest = at;
      return [];
    }
    return [{ one, after: made[latest] ?? '' }];
  });
}

interface Described {
  readonly kind: string;
  readonly about?: string;
}

/** How what was seen differs from what was made; undefined when it does not. */
function difference(made: Described, seen: Described): string | undefined {
  if (made.kind !== seen.kind) return `as ${seen.kind}, not ${made.kind}`;
  return made.about === seen.about ? undefined : `about ${seen.about ?? 'nothing'}, not ${made.about ?? 'nothing'}`;
}

function checkShown({ posts, shown }: History): Breach[] {
  const posted = new Map(posts.map((post) => [post.mark, post]));
  const seen = new Set(shown.map(({ mark }) => mark));
  const lost = posts.flatMap(({ mark, customer, id, acceptedAtMs }): Breach[] =>
    acceptedAtMs === undefined || seen.has(mark)
      ? []
      : [{ promise: 'shown', detail: `${mark} (${id ?? ''}) to ${customer}, answered 201`, mark, customer, atMs: acceptedAtMs }],
  );
  const wrong = shown.flatMap(({ mark, customer, atMs, ...one }): Breach[] => {
    const post = posted.get(mark);
    if (post?.customer !== customer) return [{ promise: 'shown to nobody else', detail: `${mark} at ${customer}`, mark, customer, atMs }];
    const how = difference(post, one);
    return how === undefined ? [] : [{ promise: 'shown as it was posted', detail: `${mark} at ${customer} ${how}`, mark, customer, atMs }];
  });
  return [...lost, ...wrong];
}

function checkShownOnce({ shown }: History): Breach[] {
  return [...grouped(shown, ({ mark }) => mark)].flatMap(([mark, times]): Breach[] => {
    const second = times[1];
    if (second === undefined) return [];
    const { customer, atMs } = second;
    return [{ promise: 'shown once', detail: `${mark} at ${customer}, ${times.length} times`, mark, customer, atMs }];
  });
}

function checkShownOrder({ posts, shown }: History): Breach[] {
  const postsOf = grouped(posts, ({ customer }) => customer);
  return [...grouped(shown, ({ customer }) => customer)].flatMap(([customer, screen]) => {
    const made = (postsOf.get(customer) ?? []).map(({ mark }) => mark);
    return overtaken(made, screen).map(
      ({ one: { mark, atMs }, after }): Breach => ({ promise: 'shown in order', detail: `${mark} at ${customer} after ${after}`, mark, customer, atMs }),
    );
  });
}

function checkCalledBack({ written, messages }: History): Breach[] {
  const known = new Map(written.map((one) => [one.mark, one]));
  const arrived = new Set(messages.map(({ mark }) => mark));
  const lost = written.flatMap(({ mark, customer, sentAtMs, writtenAtMs }): Breach[] =>
    sentAtMs === undefined || arrived.has(mark) ? [] : [{ promise: 'called back', detail: `${mark} from ${customer}`, mark, customer, atMs: writtenAtMs }],
  );
  const wrong = messages.flatMap(({ mark, customer, atMs, ...one }): Breach[] => {
    const made = known.get(mark);
    if (made?.customer !== customer) {
      return [{ promise: 'called back as it was written', detail: `${mark} from ${customer}, who did not write it`, mark, customer, atMs }];
    }
    const how = difference(made, one);
    return how === undefined ? [] : [{ promise: 'called back as it was written', detail: `${mark} from ${customer} ${how}`, mark, customer, atMs }];
  });
  return [...lost, ...wrong];
}

function checkIds({ posts, messages }: History): Breach[] {
  const several = [...grouped(messages, ({ mark }) => mark)].flatMap(([mark, times]): Breach[] => {
    const ids = new Set(times.map(({ id }) => id));
    const { customer, atMs } = times[0] ?? { customer: '', atMs: 0 };
    return ids.size === 1 ? [] : [{ promise: 'called back under one id', detail: `${mark}: ${[...ids].join(', ')}`, mark, customer, atMs }];
  });
  const holders = [
    ...posts.flatMap(({ id, mark, customer, acceptedAtMs }) => (id === undefined ? [] : [{ id, mark, customer, atMs: acceptedAtMs ?? 0 }])),
    ...firsts(messages, ({ id, mark }) => `${id} ${mark}`),
  ];
  const shared = [...grouped(holders, ({ id }) => id)].flatMap(([id, [first, second]]): Breach[] => {
    if (first === undefined || second === undefined) return [];
    const { mark, customer, atMs } = second;
    return [{ promise: 'an id is one message', detail: `${id}: ${first.mark}, then ${mark}`, mark, customer, atMs }];
  });
  return [...several, ...shared];
}

function checkCalledBackOrder({ written, messages }: History): Breach[] {
  const writtenBy = grouped(written, ({ customer }) => customer);
  return [...grouped(messages, ({ customer }) => customer)].flatMap(([customer, came]) => {
    const made = (writtenBy.get(customer) ?? []).map(({ mark }) => mark);
    return overtaken(made, came).map(
      ({ one: { mark, atMs }, after }): Breach => ({ promise: 'called back in order', detail: `${mark} from ${customer} after ${after}`, mark, customer, atMs }),
    );
  });
}

const picturesIn = ({ messages }: History) => firsts(messages, ({ mark }) => mark).filter(({ kind }) => kind === 'image');

function checkFiles(history: History): Breach[] {
  const fetched = new Map(history.files.map((file) => [file.mark, file]));
  return picturesIn(history).flatMap(({ mark, customer, atMs }): Breach[] => {
    const file = fetched.get(mark);
    if (file?.isWhole === true) return [];
    const detail = `${mark} from ${customer} ${file === undefined ? 'was not to be had' : 'is another file'}`;
    return [{ promise: 'files are whole', detail, mark, customer, atMs }];
  });
}

const ranks = ['sent', 'delivered', 'read'] as const;
type Status = (typeof ranks)[number];

/** What is to be called back of each post that was answered with 201. */
function wantedStatuses({ posts, reads }: History): readonly { readonly post: Post; readonly id: string; readonly wanted: readonly Status[] }[] {
  const readMarks = new Set(reads.flatMap(({ by, mark }) => (by === 'customer' ? [mark] : [])));
  return posts.flatMap((post) =>
    post.id === undefined ? [] : [{ post, id: post.id, wanted: readMarks.has(post.mark) ? ranks : (['sent', 'delivered'] as const) }],
  );
}

function checkStatusesOf(post: Post, wanted: readonly Status[], statuses: readonly CalledBackStatus[]): Breach[] {
  const { mark, customer } = post;
  const label = `${mark} (${post.id ?? ''})`;
  const atMs = post.acceptedAtMs ?? post.postedAtMs;
  const first = (status: string) => statuses.findIndex((one) => one.status === status);
  const missing = wanted.filter((status) => first(status) < 0);
  const breaches = missing.map((status): Breach => ({ promise: 'status called back', detail: `${status} of ${label}`, mark, customer, atMs }));
  const failure = statuses.find(({ status }) => status === 'failed');
  if (failure !== undefined) breaches.push({ promise: 'no failure', detail: `failed of ${label}`, mark, customer, atMs: failure.atMs });
  const stray = statuses.find((one) => one.customer !== customer);
  if (stray !== undefined) {
    breaches.push({ promise: 'statuses of nothing else', detail: `${stray.status} of ${label} about ${stray.customer}`, mark, customer, atMs: stray.atMs });
  }
  for (const [index, later] of ranks.entries()) {
    const earlier = ranks[index - 1];
    if (earlier === undefined || first(later) < 0 || (first(earlier) >= 0 && first(earlier) < first(later))) continue;
    const seen = statuses[first(later)]?.atMs ?? atMs;
    breaches.push({ promise: 'statuses in order', detail: `${later} before ${earlier} of ${label}`, mark, customer, atMs: seen });
  }
  return breaches;
}

/** Messages go to a customer in order and are acknowledged in order, so each kind of status has the messages' order. */
function checkStatusOrder({ posts, statuses }: History): Breach[] {
  const postsOf = grouped(posts, ({ customer }) => customer);
  const marks = new Map(posts.map(({ id, mark }) => [id, mark]));
  return [...grouped(statuses, ({ customer }) => customer)].flatMap(([customer, came]) => {
    const made = (postsOf.get(customer) ?? []).map(({ mark }) => mark);
    return (['sent', 'delivered'] as const).flatMap((status) => {
      const seen = came.filter((one) => one.status === status).map(({ id, atMs }) => ({ mark: marks.get(id) ?? id, atMs }));
      return overtaken(made, seen).map(
        ({ one: { mark, atMs }, after }): Breach => ({
          promise: 'statuses in order',
          detail: `${status} of ${mark} to ${customer} after that of ${after}`,
          mark,
          customer,
          atMs,
        }),
      );
    });
  });
}

/** A post whose 201 was lost on its way may be told of all the same: then by no more ids than there are such posts. */
function checkStrayStatuses({ posts, statuses }: History): Breach[] {
  const ids = new Set(posts.map(({ id }) => id));
  const unanswered = posts.filter(({ acceptedAtMs }) => acceptedAtMs === undefined).length;
  return firsts(statuses.filter(({ id }) => !ids.has(id)), ({ id }) => id)
    .slice(unanswered)
    .map(({ id, status, customer, atMs }): Breach => ({ promise: 'statuses of nothing else', detail: `${status} of ${id} about ${customer}`, customer, atMs }));
}

function checkStatuses(history: History): Breach[] {
  const statuses = grouped(history.statuses, ({ id }) => id);
  const each = wantedStatuses(history).flatMap(({ post, id, wanted }) => checkStatusesOf(post, wanted, statuses.get(id) ?? []));
  return [...each, ...checkStatusOrder(history), ...checkStrayStatuses(history)];
}

function checkTicks({ reads, ticks }: History): Breach[] {
  const ticked = new Set(ticks.map(({ mark }) => mark));
  return reads.flatMap(({ by, mark, customer, atMs }): Breach[] =>
    by === 'customer' || ticked.has(mark) ? [] : [{ promise: 'read by the business is shown', detail: `${mark} at ${customer}`, mark, customer, atMs }],
  );
}

function checkOwnership({ ownership }: History): Breach[] {
  const breaches: Breach[] = [];
  const owners = new Map<string, string>();
  const epochs = new Map<number, number>();
  for (const { shard, owner, epoch, atMs } of ownership) {
    const tenure = `shard ${shard} epoch ${epoch}`;
    const known = owners.get(tenure) ?? owner;
    if (known !== owner) breaches.push({ promise: 'one owner an epoch', detail: `${tenure}: ${known}, then ${owner}`, atMs });
    owners.set(tenure, owner);
    const before = epochs.get(shard) ?? epoch;
    if (epoch < before) breaches.push({ promise: 'epochs grow', detail: `shard ${shard}: ${before}, then ${epoch}`, atMs });
    epochs.set(shard, Math.max(before, epoch));
  }
  return breaches;
}

const unavailable = 503;
const tooMany = 429;

function checkRefusals({ refusals }: History): Breach[] {
  return refusals.flatMap(({ call, status, retryAfter, atMs }): Breach[] => {
    if (status === tooMany || (status === unavailable && retryAfter !== undefined)) return [];
    const how = status === unavailable ? 'without Retry-After' : '';
    return [{ promise: 'only 503 refuses, with Retry-After', detail: `${call} answered ${status} ${how}`.trimEnd(), atMs }];
  });
}

const forbidden = {
  bounced: 'never bounced',
  unreadable: 'always readable',
  died: 'nothing dies by itself',
  refused: 'valid calls are accepted',
} as const;

/** What of the promises was not kept. It knows the promises and nothing of how the cluster keeps them. */
export function check(history: History): readonly Breach[] {
  const incidents = history.incidents.map(({ what, detail, atMs }): Breach => ({ promise: forbidden[what], detail, atMs }));
  return [
    ...checkShown(history),
    ...checkShownOnce(history),
    ...checkShownOrder(history),
    ...checkCalledBack(history),
    ...checkCalledBackOrder(history),
    ...checkIds(history),
    ...checkFiles(history),
    ...checkStatuses(history),
    ...checkTicks(history),
    ...checkOwnership(history),
    ...checkRefusals(history),
    ...incidents,
  ].sort((a, b) => a.atMs - b.atMs);
}

/** What is still to come for everything that was begun to be complete. */
export interface Outstanding {
  readonly shown: number;
  readonly statuses: number;
  readonly calledBack: number;
  readonly files: number;
  readonly ticks: number;
}

export function outstanding(history: History): Outstanding {
  const { posts, shown, written, messages, statuses, files, reads, ticks } = history;
  const screens = new Set(shown.map(({ mark }) => mark));
  const known = new Set(statuses.map(({ id, status }) => `${id} ${status}`));
  const arrived = new Set(messages.map(({ mark }) => mark));
  const fetched = new Set(files.map(({ mark }) => mark));
  const ticked = new Set(ticks.map(({ mark }) => mark));
  return {
    shown: posts.filter(({ id, mark }) => id !== undefined && !screens.has(mark)).length,
    statuses: wantedStatuses(history).flatMap(({ id, wanted }) => wanted.filter((status) => !known.has(`${id} ${status}`))).length,
    calledBack: written.filter(({ refusal, mark }) => refusal === undefined && !arrived.has(mark)).length,
    files: picturesIn(history).filter(({ mark }) => !fetched.has(mark)).length,
    ticks: reads.filter(({ by, mark }) => by === 'business' && !ticked.has(mark)).length,
  };
}
