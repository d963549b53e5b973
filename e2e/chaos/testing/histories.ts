import fc from 'fast-check';
import { type History, openHistory, type OpenHistory } from '../history.ts';

/** Histories in which every promise was kept: what was done, one step after another, and all that had to come of it. */

export const customers = ['15550000001', '15550000002', '15550000003'] as const;

interface Step {
  readonly direction: 'out' | 'in';
  readonly customer: string;
  readonly kind: string;
  readonly isRead: boolean;
  /** Of a post: what the back end heard. */
  readonly fate: 'accepted' | 'lost, shown' | 'lost, not shown';
}

const step: fc.Arbitrary<Step> = fc.record({
  direction: fc.constantFrom('out', 'in'),
  customer: fc.constantFrom(...customers),
  kind: fc.constantFrom('text', 'image', 'reply'),
  isRead: fc.boolean(),
  fate: fc.oneof({ weight: 8, arbitrary: fc.constant('accepted' as const) }, fc.constantFrom('lost, shown', 'lost, not shown')),
});

const stepMs = 1_000;

function postTo(history: OpenHistory, { customer, kind, isRead, fate }: Step, index: number): void {
  const atMs = index * stepMs;
  const [mark, id] = [`out ${index}`, `id-out-${index}`];
  const about = kind === 'reply' ? { about: `in before ${index}` } : {};
  const isAccepted = fate === 'accepted';
  history.posts.push({ mark, kind, customer, ...about, postedAtMs: atMs, attempts: 1, ...(isAccepted && { acceptedAtMs: atMs + 10, id }) });
  if (fate === 'lost, not shown') return;
  history.shown.push({ mark, kind, customer, ...about, atMs: atMs + 20 });
  const statuses = isRead && isAccepted ? ['sent', 'delivered', 'read'] : ['sent', 'delivered'];
  for (const status of statuses) history.statuses.push({ id, status, customer, atMs: atMs + 30 });
  if (isRead && isAccepted) history.reads.push({ by: 'customer', mark, customer, atMs: atMs + 25 });
}

function writeFrom(history: OpenHistory, { customer, kind, isRead }: Step, index: number): void {
  const atMs = index * stepMs;
  const mark = `in ${index}`;
  const about = kind === 'reply' ? { about: `out before ${index}` } : {};
  history.written.push({ mark, kind, customer, ...about, writtenAtMs: atMs, sentAtMs: atMs + 10, stanzaId: `stanza-${index}` });
  history.messages.push({ id: `id-in-${index}`, mark, kind, customer, ...about, atMs: atMs + 20 });
  if (kind === 'image') history.files.push({ mark, customer, isWhole: true, atMs: atMs + 30 });
  if (!isRead) return;
  history.reads.push({ by: 'business', mark, customer, atMs: atMs + 40 });
  history.ticks.push({ mark, customer, atMs: atMs + 50 });
}

function historyOf(steps: readonly Step[]): History {
  const history = openHistory();
  for (const [index, one] of steps.entries()) {
    if (one.direction === 'out') postTo(history, one, index);
    else writeFrom(history, one, index);
  }
  for (const shard of [-1, 0, 1]) {
    for (let epoch = 1; epoch <= 4; epoch++) history.ownership.push({ shard, owner: `coreapp${(shard + epoch + 5) % 3}`, epoch, atMs: epoch * 100 });
  }
  history.refusals.push({ call: 'POST /v1/messages', status: 503, retryAfter: '1', atMs: 5 });
  return history;
}

export const keptHistory: fc.Arbitrary<History> = fc.array(step, { minLength: 1, maxLength: 25 }).map(historyOf);

/** Callbacks come at least once: any of them again, at any time after the first. */
export const repeated = <T>(items: readonly T[]): fc.Arbitrary<readonly T[]> =>
  fc.array(fc.record({ of: fc.nat(), later: fc.nat() }), { maxLength: 10 }).map((again) =>
    again.reduce<readonly T[]>((list, { of, later }) => {
      if (list.length === 0) return list;
      const index = of % list.length;
      const place = index + 1 + (later % (list.length - index));
      return list.toSpliced(place, 0, list[index] as T);
    }, items),
  );

export const keptHistoryWithRepeats: fc.Arbitrary<History> = keptHistory.chain((history) =>
  fc.record({ messages: repeated(history.messages), statuses: repeated(history.statuses) }).map((lists) => ({ ...history, ...lists })),
);
