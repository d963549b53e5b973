import type { Breach } from './checker.ts';
import type { InjectedFault } from './faults.ts';
import type { History } from './history.ts';
import { shardOf } from './owners.ts';

export interface StoryEvent {
  readonly atMs: number;
  readonly what: string;
  /** Of the message itself; the others are what went on around it. */
  readonly isOwn: boolean;
}

const aroundMs = 3_000;
const maxAround = 60;

type Event = Omit<StoryEvent, 'isOwn'> & { readonly mark?: string; readonly customer?: string };

function eventsOfPosts({ posts, shown, statuses }: History): Event[] {
  const marks = new Map(posts.map(({ id, mark }) => [id, mark]));
  return [
    ...posts.flatMap(({ mark, kind, customer, postedAtMs, acceptedAtMs, id, attempts }): Event[] => [
      { atMs: postedAtMs, what: `${mark} (${kind}) is posted`, mark, customer },
      ...(acceptedAtMs === undefined ? [] : [{ atMs: acceptedAtMs, what: `${mark} is answered 201 as ${id ?? ''} at attempt ${attempts}`, mark, customer }]),
    ]),
    ...shown.map(({ mark, kind, customer, atMs }): Event => ({ atMs, what: `${mark} (${kind}) is shown at ${customer}`, mark, customer })),
    ...statuses.map(({ id, status, customer, atMs }): Event => {
      const mark = marks.get(id) ?? id;
      return { atMs, what: `${status} of ${mark} is called back`, mark, customer };
    }),
  ];
}

function eventsOfWritten({ written, messages, files }: History): Event[] {
  return [
    ...written.flatMap(({ mark, kind, customer, writtenAtMs, sentAtMs, stanzaId, refusal }): Event[] => [
      { atMs: writtenAtMs, what: `${mark} (${kind}) is written`, mark, customer },
      ...(refusal === undefined ? [] : [{ atMs: writtenAtMs, what: `${mark} is given up by the phone: ${refusal}`, mark, customer }]),
      ...(sentAtMs === undefined ? [] : [{ atMs: sentAtMs, what: `${mark} is acknowledged by the chat server as ${stanzaId ?? ''}`, mark, customer }]),
    ]),
    ...messages.map(({ mark, kind, id, customer, atMs }): Event => ({ atMs, what: `${mark} (${kind}) is called back as ${id}`, mark, customer })),
    ...files.map(({ mark, customer, atMs }): Event => ({ atMs, what: `the picture of ${mark} is fetched`, mark, customer })),
  ];
}

function eventsOfReading({ reads, ticks }: History): Event[] {
  return [
    ...reads.map(({ by, mark, customer, atMs }): Event => ({ atMs, what: `${mark} is read by the ${by}`, mark, customer })),
    ...ticks.map(({ mark, customer, atMs }): Event => ({ atMs, what: `${mark} is shown as read at ${customer}`, mark, customer })),
  ];
}

function eventsAround({ ownership }: History, faults: readonly InjectedFault[], shard: number | undefined): Event[] {
  return [
    ...faults.flatMap(({ kind, target, fromMs, untilMs }): Event[] => [
      { atMs: fromMs, what: `fault: ${kind} of ${target}` },
      { atMs: untilMs, what: `end of ${kind} of ${target}` },
    ]),
    ...ownership
      .filter((one) => shard === undefined || one.shard === shard || one.shard === -1)
      .map(({ shard: of, owner, epoch, atMs }): Event => ({ atMs, what: `shard ${of} is ${owner}'s under epoch ${epoch}` })),
  ];
}

/** Everything that is known of the message that a breach is about, and what went on around it, in the order of time. */
export function storyOf(history: History, faults: readonly InjectedFault[], { mark, customer, atMs }: Breach): readonly StoryEvent[] {
  const shard = customer === undefined ? undefined : shardOf(customer);
  const all = customer === undefined ? [] : [...eventsOfPosts(history), ...eventsOfWritten(history), ...eventsOfReading(history)];
  const own = mark === undefined ? [] : all.filter((event) => event.mark === mark);
  const times = [atMs, ...own.map((event) => event.atMs)];
  const [fromMs, untilMs] = [Math.min(...times) - aroundMs, Math.max(...times) + aroundMs];
  const isNear = (event: Event) => event.atMs >= fromMs && event.atMs <= untilMs;
  const nearest = all
    .filter((event) => event.mark !== mark && event.customer === customer && times.some((time) => Math.abs(event.atMs - time) < aroundMs))
    .slice(0, maxAround);
  return [
    ...own.map(({ what, atMs: at }): StoryEvent => ({ atMs: at, what, isOwn: true })),
    ...[...nearest, ...eventsAround(history, faults, shard).filter(isNear)].map(({ what, atMs: at }): StoryEvent => ({ atMs: at, what, isOwn: false })),
  ].sort((a, b) => a.atMs - b.atMs);
}
