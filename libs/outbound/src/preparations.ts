import type { Clock } from '@multiconnect/clock';
import type { AcceptedContent, OutboundContent } from '@multiconnect/contract';
import type { AcceptedRow } from '@multiconnect/message-store';
import { acceptedContentOf, isExpired, isMarker, sentAsItIs } from './content.ts';
import type { Preparer } from './ports.ts';

/**
 * What must be done before a message can be encrypted: its file fetched or uploaded, the message that it is about looked up.
 * A preparation runs beside the rounds and needs no ratchet; it holds up its own customer's later messages and nobody else.
 */
export interface Preparations {
  /** How many of a lane's first messages can be encrypted now. Begins the preparation of the next one, if there is room. */
  ready(lane: readonly AcceptedRow[]): number;
  /** Of a message that is ready. Throws what makes it impossible to send. */
  contentOf(row: AcceptedRow): OutboundContent;
  /** A preparation of this customer runs. */
  isRunning(customer: string): boolean;
  /** Some run. */
  readonly isBusy: boolean;
  /** How many have ended. */
  readonly ended: number;
}

/** Messages whose preparation outlasts them in memory. */
const maxKept = 1_000;
/** What the network keeps for 14 days is not relied on for long. */
const keptMs = 3_600_000;

interface Draft {
  readonly content?: AcceptedContent;
  readonly error?: unknown;
  sent?: OutboundContent;
}

export function createPreparations(options: {
  maxRunning: number;
  /** After this a preparation counts as failed this time, whatever it waits for. */
  limitMs: number;
  preparer: Preparer;
  clock: Clock;
  /** Ends what runs. */
  signal: AbortSignal;
  /** It has failed. Must not reject. Not called once the signal has ended it. */
  onFailed: (row: AcceptedRow, error: unknown) => Promise<void>;
  /** A preparation has ended. */
  onEnded: () => void;
}): Preparations {
  const { clock, preparer } = options;
  const drafts = new WeakMap<AcceptedRow, Draft>();
  const running = new Set<string>();
  const kept = new Map<string, { readonly sent: OutboundContent; readonly atMs: number }>(); // by message, oldest first
  let ended = 0;

  const read = (row: AcceptedRow): Draft => {
    try {
      const content = acceptedContentOf(row);
      const sent = sentAsItIs(content);
      return { content, ...(sent !== undefined && { sent }) };
    } catch (error) {
      return { error };
    }
  };
  const draftOf = (row: AcceptedRow): Draft => {
    const known = drafts.get(row);
    if (known !== undefined) return known;
    const draft = read(row);
    drafts.set(row, draft);
    return draft;
  };

  /** Rows leave memory and are read again: what was done for them is not done twice. */
  const keep = ({ id }: AcceptedRow, sent: OutboundContent) => {
    kept.set(id, { sent, atMs: clock.monotonicMs() });
    const oldest = kept.keys().next();
    if (kept.size > maxKept && oldest.done !== true) kept.delete(oldest.value);
  };
  const keptFor = ({ id }: AcceptedRow): OutboundContent | undefined => {
    const found = kept.get(id);
    return found !== undefined && clock.monotonicMs() - found.atMs < keptMs ? found.sent : undefined;
  };

  const isReady = (row: AcceptedRow): boolean => {
    if (isMarker(row) || isExpired(row, clock.nowMs())) return true;
    const draft = draftOf(row);
    if (draft.content === undefined || draft.sent !== undefined) return true;
    const sent = keptFor(row);
    if (sent !== undefined) draft.sent = sent;
    return sent !== undefined;
  };

  /** Rejects when the time is up, also when the preparer does not heed its signal. */
  const prepared = async (row: AcceptedRow, content: AcceptedContent): Promise<OutboundContent> => {
    const deadline = new AbortController();
    const cancel = clock.after(options.limitMs, () => deadline.abort(new Error('the preparation takes too long')));
    const signal = AbortSignal.any([options.signal, deadline.signal]);
    const { promise, reject } = Promise.withResolvers<never>();
    const giveUp = () => reject(signal.reason as Error);
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      return await Promise.race([preparer.prepare({ row, content, signal }), promise]);
    } finally {
      cancel();
      signal.removeEventListener('abort', giveUp);
    }
  };

  const run = async (row: AcceptedRow, draft: Draft, content: AcceptedContent) => {
    try {
      draft.sent = await prepared(row, content);
      keep(row, draft.sent);
    } catch (error) {
      if (!options.signal.aborted) await options.onFailed(row, error);
    } finally {
      running.delete(row.customer);
      ended += 1;
      options.onEnded();
    }
  };

  const begin = (row: AcceptedRow) => {
    const draft = draftOf(row);
    if (draft.content === undefined || options.signal.aborted) return;
    if (running.has(row.customer) || running.size >= options.maxRunning) return;
    running.add(row.customer);
    void run(row, draft, draft.content);
  };

  return {
    ready(lane) {
      const next = lane.findIndex((row) => !isReady(row));
      const row = lane[next];
      if (row === undefined) return lane.length;
      begin(row);
      return next;
    },
    contentOf(row) {
      const { sent, error } = draftOf(row);
      if (sent === undefined) throw error;
      return sent;
    },
    get isBusy() {
      return running.size > 0;
    },
    get ended() {
      return ended;
    },
    isRunning: (customer) => running.has(customer),
  };
}
