import { setTimeout as delay } from 'node:timers/promises';
import type { CalledBackMessage, History, Post } from './history.ts';
import { type InKind, type OutKind, reactionMark, refersToAnother, textMark } from './messages.ts';
import { shardOf, shards } from './owners.ts';
import type { Phones } from './phones.ts';
import type { Poster } from './poster.ts';
import { type Random, seededRandom } from './random.ts';

export interface TrafficOptions {
  readonly poster: Poster;
  readonly phones: Phones;
  readonly history: History;
  readonly customers: readonly string[];
  /** The business's number. */
  readonly business: string;
  /** Messages a second, each way. */
  readonly rate: number;
  /** Chooses kinds and what is read. */
  readonly seed: number;
}

export interface Traffic {
  /** Resolves when every post has its answer; nothing new is begun. */
  stop(): Promise<void>;
  /** Ends what follows from messages: reading, fetching. Resolves when what was begun of it has its answer. */
  close(): Promise<void>;
}

/** How often each kind, of a hundred. */
const outShares: Readonly<Record<OutKind, number>> = { text: 68, reply: 8, template: 8, image: 5, location: 5, reaction: 6 };
const inShares: Readonly<Record<InKind, number>> = { text: 76, reply: 8, image: 4, location: 6, reaction: 6 };
const readShare = 0.2;
const joinEveryMs = 15_000;
const followEveryMs = 50;
/** Of each customer, to be answered or reacted to. */
const maxRemembered = 20;

interface Other {
  readonly mark: string;
  readonly id: string;
}

/** The customers, by shard: each shard has its turn as often as every other, and in it each customer. */
function turns(customers: readonly string[]) {
  const byShard = Array.from({ length: shards }, (_, shard) => customers.filter((customer) => shardOf(customer) === shard));
  const next = byShard.map(() => 0);
  return {
    add: (customer: string) => byShard[shardOf(customer)]?.push(customer),
    at(index: number): string {
      const shard = index % shards;
      const own = byShard[shard] ?? [];
      const turn = next[shard] ?? 0;
      next[shard] = turn + 1;
      return own[turn % own.length] ?? '';
    },
  };
}

function chosen<Kind extends string>(random: Random, shares: Readonly<Record<Kind, number>>): Kind {
  const kinds = Object.keys(shares) as Kind[];
  let left = random.next() * 100;
  return kinds.find((kind) => (left -= shares[kind]) < 0) ?? kinds[0] ?? ('text' as Kind);
}

/** What each customer was shown, or wrote, and can be the subject of an answer. */
function memory() {
  const others = new Map<string, Other[]>();
  const reacted = new Set<string>();
  return {
    add(customer: string, other: Other) {
      const known = others.get(customer) ?? [];
      known.push(other);
      if (known.length > maxRemembered) known.shift();
      others.set(customer, known);
    },
    pick(random: Random, customer: string, kind: OutKind | InKind): Other | undefined {
      const known = (others.get(customer) ?? []).filter(({ mark }) => kind !== 'reaction' || !reacted.has(mark));
      if (known.length === 0) return undefined;
      const other = random.pick(known);
      if (kind === 'reaction') reacted.add(other.mark);
      return other;
    },
  };
}

/** Calls `each` for what has been added to a list since the last look. */
function follower<T>(list: readonly T[], each: (item: T) => void) {
  let seen = 0;
  return () => {
    for (; seen < list.length; seen++) each(list[seen] as T);
  };
}

/**
 * Messages of every kind in both directions at an even rate, every shard in its turn; some are read, by phones and by the
 * business, and answered or reacted to; files of customers are fetched; now and then somebody new joins.
 */
export function startTraffic({ poster, phones, history, customers, business, rate, seed }: TrafficOptions): Traffic {
  const random = seededRandom(seed);
  const outTurns = turns(customers);
  const inTurns = turns(customers);
  const lanes = new Map<string, Promise<void>>();
  const counts = new Map<string, number>();
  const onPhones = memory(); // what the business sent and customers may answer
  const atBusiness = memory(); // what customers sent
  const startedAt = performance.now();
  const reading = new Set<Promise<void>>();
  let stopping = false;

  const during = (work: Promise<void>) => {
    const done = work.finally(() => reading.delete(done));
    reading.add(done);
  };
  const numberOf = (direction: 'out' | 'in', customer: string) => {
    const index = counts.get(`${direction} ${customer}`) ?? 0;
    counts.set(`${direction} ${customer}`, index + 1);
    return textMark(direction, customer, index);
  };
  const message = <Kind extends OutKind | InKind>(direction: 'out' | 'in', customer: string, wanted: Kind, others: ReturnType<typeof memory>) => {
    const about = refersToAnother(wanted) ? others.pick(random, customer, wanted) : undefined;
    // There is nothing yet to be about.
    if (refersToAnother(wanted) && about === undefined) return { kind: 'text' as const, mark: numberOf(direction, customer) };
    const mark = wanted === 'reaction' && about !== undefined ? reactionMark(about.mark) : numberOf(direction, customer);
    return { kind: wanted, mark, ...(about === undefined ? {} : { about }) };
  };
  const post = (customer: string) => {
    const lane = lanes.get(customer) ?? Promise.resolve();
    const wanted = chosen(random, outShares);
    lanes.set(
      customer,
      lane.then(() => (stopping ? undefined : poster.post({ customer, ...message('out', customer, wanted, atBusiness) }))),
    );
  };

  const posts = new Map<string, Post>();
  const followPosts = follower(history.posts, (one) => posts.set(one.mark, one));
  const followShown = follower(history.shown, ({ customer, mark, kind }) => {
    const id = posts.get(mark)?.id;
    if (id === undefined) return;
    if (kind !== 'reaction') onPhones.add(customer, { mark, id });
    if (!stopping && random.next() < readShare) phones.markRead(customer, mark, id);
  });
  const fetched = new Set<string>();
  const followCallbacks = follower(history.messages, ({ customer, mark, kind, id, mediaId }: CalledBackMessage) => {
    if (mediaId !== undefined && !fetched.has(mark)) {
      fetched.add(mark);
      during(poster.fetchPicture({ mediaId, mark, customer }));
    }
    const stanzaKnown = history.written.findLast((one) => one.mark === mark)?.stanzaId !== undefined;
    if (kind !== 'reaction' && stanzaKnown) atBusiness.add(customer, { mark, id });
    if (!stopping && stanzaKnown && random.next() < readShare) during(poster.markRead({ id, mark, customer }));
  });
  const follow = setInterval(() => {
    followPosts();
    followShown();
    followCallbacks();
  }, followEveryMs);

  const join = (index: number) => {
    const number = `1555${String(200_000_000 + index)}`;
    return phones.join(number).then(() => {
      outTurns.add(number);
      inTurns.add(number);
    });
  };
  const run = async () => {
    let joined = 0;
    for (let index = 0; !stopping; index++) {
      const dueInMs = startedAt + (index * 1_000) / rate - performance.now();
      if (dueInMs > 0) await delay(dueInMs);
      if (performance.now() - startedAt > (joined + 1) * joinEveryMs) void join(joined++);
      post(outTurns.at(index));
      const customer = inTurns.at(index);
      phones.write(customer, business, message('in', customer, chosen(random, inShares), onPhones));
    }
  };
  const running = run();
  return {
    async stop() {
      stopping = true;
      await running;
      await Promise.all(lanes.values());
    },
    async close() {
      clearInterval(follow);
      await Promise.all(reading);
    },
  };
}
