import type { CalledBackStatus, History, Post } from './history.ts';

export type Kept =
  | 'shown'
  | 'shown once'
  | 'shown in order'
  | 'shown to nobody else'
  | 'called back'
  | 'called back in order'
  | 'called back under one id'
  | 'status called back'
  | 'statuses in order'
  | 'no failure'
  | 'one owner an epoch'
  | 'epochs grow';

/** A promise that was not kept. */
export interface Breach {
  readonly promise: Kept | 'never bounced' | 'always readable' | 'nothing dies by itself' | 'valid posts are accepted';
  readonly detail: string;
  /** When it came about, or when what was lost began. */
  readonly atMs: number;
}

interface Seen {
  readonly text: string;
  readonly atMs: number;
}

const byKey = <T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> => Map.groupBy(items, keyOf);

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
function overtaken(made: readonly string[], seen: readonly Seen[]): { readonly one: Seen; readonly after: string }[] {
  const position = new Map(made.map((text, index) => [text, index]));
  let latest = -1;
  return firsts(seen, ({ text }) => text).flatMap((one) => {
    const at = position.get(one.text);
    if (at === undefined) return [];
    if (at > latest) {
      latest = at;
      return [];
    }
    return [{ one, after: made[latest] ?? '' }];
  });
}

function checkShown({ posts, shown }: History): Breach[] {
  const posted = new Map(posts.map((post) => [post.text, post]));
  const showings = byKey(shown, ({ text }) => text);
  const breaches: Breach[] = [];
  for (const post of posts) {
    if (post.acceptedAtMs === undefined || showings.has(post.text)) continue;
    breaches.push({ promise: 'shown', detail: `${post.text} (${post.id ?? ''}) to ${post.customer}, answered 201`, atMs: post.acceptedAtMs });
  }
  for (const [text, times] of showings) {
    const [first, second] = times;
    const post = posted.get(text);
    if (first !== undefined && post?.customer !== first.customer) {
      breaches.push({ promise: 'shown to nobody else', detail: `${text} at ${first.customer}`, atMs: first.atMs });
    }
    if (second === undefined) continue;
    breaches.push({ promise: 'shown once', detail: `${text} (${post?.id ?? ''}) at ${second.customer}, ${times.length} times`, atMs: second.atMs });
  }
  return breaches;
}

function checkShownOrder({ posts, shown }: History): Breach[] {
  const postsOf = byKey(posts, ({ customer }) => customer);
  return [...byKey(shown, ({ customer }) => customer)].flatMap(([customer, screens]) => {
    const made = (postsOf.get(customer) ?? []).map(({ text }) => text);
    return overtaken(made, screens).map(
      ({ one, after }): Breach => ({ promise: 'shown in order', detail: `${one.text} at ${customer} after ${after}`, atMs: one.atMs }),
    );
  });
}

function checkCalledBack({ written, messages }: History): Breach[] {
  const arrived = byKey(messages, ({ customer, text }) => `${customer} ${text}`);
  const lost = written.filter(({ customer, text, sentAtMs }) => sentAtMs !== undefined && !arrived.has(`${customer} ${text}`));
  const known = new Set(written.map(({ customer, text }) => `${customer} ${text}`));
  const breaches = lost.map(({ text, customer, writtenAtMs }): Breach => ({
    promise: 'called back',
    detail: `${text} from ${customer}`,
    atMs: writtenAtMs,
  }));
  for (const [key, times] of arrived) {
    const ids = new Set(times.map(({ id }) => id));
    const atMs = times[0]?.atMs ?? 0;
    if (!known.has(key)) breaches.push({ promise: 'always readable', detail: `called back what nobody wrote: ${key}`, atMs });
    else if (ids.size > 1) breaches.push({ promise: 'called back under one id', detail: `${key}: ${[...ids].join(', ')}`, atMs });
  }
  return breaches;
}

function checkCalledBackOrder({ written, messages }: History): Breach[] {
  const writtenBy = byKey(written, ({ customer }) => customer);
  return [...byKey(messages, ({ customer }) => customer)].flatMap(([customer, came]) => {
    const made = (writtenBy.get(customer) ?? []).map(({ text }) => text);
    return overtaken(made, came).map(
      ({ one, after }): Breach => ({ promise: 'called back in order', detail: `${one.text} from ${customer} after ${after}`, atMs: one.atMs }),
    );
  });
}

const wanted = ['sent', 'delivered'] as const;

function checkStatusesOf(post: Post, statuses: readonly CalledBackStatus[]): Breach[] {
  const label = `${post.text} (${post.id ?? ''})`;
  const atMs = post.acceptedAtMs ?? post.postedAtMs;
  const first = (status: string) => statuses.findIndex((one) => one.status === status);
  const missing = wanted.filter((status) => first(status) < 0);
  const breaches = missing.map((status): Breach => ({ promise: 'status called back', detail: `${status} of ${label}`, atMs }));
  const failure = statuses.find(({ status }) => status === 'failed');
  if (failure !== undefined) breaches.push({ promise: 'no failure', detail: `failed of ${label}`, atMs: failure.atMs });
  const [sent, delivered] = wanted.map(first);
  if (missing.length === 0 && (delivered ?? 0) < (sent ?? 0)) {
    breaches.push({ promise: 'statuses in order', detail: `delivered before sent of ${label}`, atMs: statuses[delivered ?? 0]?.atMs ?? atMs });
  }
  return breaches;
}

/** Messages go to a customer in order and are acknowledged in order, so each kind of status has the messages' order. */
function checkStatusOrder({ posts, statuses }: History): Breach[] {
  const postsOf = byKey(posts, ({ customer }) => customer);
  return [...byKey(statuses, ({ customer }) => customer)].flatMap(([customer, came]) => {
    const made = (postsOf.get(customer) ?? []).map(({ id }) => id ?? '');
    return wanted.flatMap((status) => {
      const seen = came.filter((one) => one.status === status).map(({ id, atMs }) => ({ text: id, atMs }));
      return overtaken(made, seen).map(
        ({ one, after }): Breach => ({
          promise: 'statuses in order',
          detail: `${status} of ${one.text} to ${customer} after that of ${after}`,
          atMs: one.atMs,
        }),
      );
    });
  });
}

function checkStatuses(history: History): Breach[] {
  const statuses = byKey(history.statuses, ({ id }) => id);
  const each = history.posts.flatMap((post) => (post.id === undefined ? [] : checkStatusesOf(post, statuses.get(post.id) ?? [])));
  return [...each, ...checkStatusOrder(history)];
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

const forbidden = {
  bounced: 'never bounced',
  unreadable: 'always readable',
  died: 'nothing dies by itself',
  refused: 'valid posts are accepted',
} as const;

/** What of the promises was not kept. It knows the promises and nothing of how the cluster keeps them. */
export function check(history: History): readonly Breach[] {
  const incidents = history.incidents.map(({ what, detail, atMs }): Breach => ({ promise: forbidden[what], detail, atMs }));
  return [
    ...checkShown(history),
    ...checkShownOrder(history),
    ...checkCalledBack(history),
    ...checkCalledBackOrder(history),
    ...checkStatuses(history),
    ...checkOwnership(history),
    ...incidents,
  ].sort((a, b) => a.atMs - b.atMs);
}

/** What is still to come for everything that was begun to be complete. */
export interface Outstanding {
  readonly shown: number;
  readonly statuses: number;
  readonly calledBack: number;
}

export function outstanding({ posts, shown, written, messages, statuses }: History): Outstanding {
  const screens = new Set(shown.map(({ text }) => text));
  const known = new Set(statuses.map(({ id, status }) => `${id} ${status}`));
  const arrived = new Set(messages.map(({ customer, text }) => `${customer} ${text}`));
  const accepted = posts.filter(({ id }) => id !== undefined);
  return {
    shown: accepted.filter(({ text }) => !screens.has(text)).length,
    statuses: accepted.flatMap(({ id }) => wanted.filter((status) => !known.has(`${id ?? ''} ${status}`))).length,
    calledBack: written.filter(({ refusal, customer, text }) => refusal === undefined && !arrived.has(`${customer} ${text}`)).length,
  };
}
