import { Fenced } from '@multiconnect/message-store';
import { type Element, StreamClosedError } from '@multiconnect/xmpp';

export type StanzaHandler = (stanza: Element) => Promise<void> | undefined;

/**
 * Stanzas of one connection on their way to whoever owns the shard.
 * INVARIANT: a stanza is done when one handler has committed it, and handlers get stanzas in the order of their arrival. One
 * that a fenced handler could not commit waits for the next handler, and so does everything behind it. What still waits when
 * the line is closed fails: it was never counted, so the server delivers it again.
 */
export interface StanzaLine {
  handle(stanza: Element): Promise<void> | undefined;
  /** From now on this one handles them, first those that wait. */
  open(handler: StanzaHandler): void;
  /** Nobody handles them until the next `open`. */
  halt(): void;
  /** Nobody will. */
  close(reason: string): void;
}

interface Waiting {
  readonly place: number;
  readonly stanza: Element;
  readonly done: PromiseWithResolvers<undefined>;
}

export function createStanzaLine(): StanzaLine {
  let handler: StanzaHandler | undefined;
  let arrived = 0;
  /** What the present handler and those before it have not settled yet. */
  let running = new Set<object>();
  const runningBefore = new Set<object>();
  let waiting: Waiting[] = [];
  let closed: StreamClosedError | undefined;

  const change = (next: StanzaHandler | undefined) => {
    handler = next;
    for (const one of running) runningBefore.add(one);
    running = new Set();
  };

  const keep = (place: number, stanza: Element): Promise<void> => {
    if (closed !== undefined) return Promise.reject(closed);
    const done = Promise.withResolvers<undefined>();
    waiting.push({ place, stanza, done });
    return done.promise;
  };

  const give = (to: StanzaHandler, place: number, stanza: Element): Promise<void> | undefined => {
    const handling = to(stanza);
    if (handling === undefined) return undefined;
    const one = {};
    running.add(one);
    const settle = () => {
      running.delete(one);
      runningBefore.delete(one);
      resume();
    };
    return handling.then(settle, (error: unknown) => {
      if (!(error instanceof Fenced)) {
        settle();
        throw error;
      }
      if (handler === to) change(undefined);
      const kept = keep(place, stanza);
      settle();
      return kept;
    });
  };

  /** Once those before have settled everything: until then something of theirs may have to go first. */
  function resume(): void {
    const to = handler;
    if (to === undefined || runningBefore.size > 0 || waiting.length === 0) return;
    const inOrder = waiting.toSorted((a, b) => a.place - b.place);
    waiting = [];
    for (const { place, stanza, done } of inOrder) done.resolve(give(to, place, stanza)?.then(() => undefined));
  }

  return {
    handle(stanza) {
      const place = arrived++;
      if (handler === undefined || waiting.length > 0 || runningBefore.size > 0) return keep(place, stanza);
      return give(handler, place, stanza);
    },
    open(next) {
      change(next);
      resume();
    },
    halt() {
      change(undefined);
    },
    close(reason) {
      closed = new StreamClosedError({ kind: 'lost', cause: reason });
      change(undefined);
      for (const { done } of waiting) done.reject(closed);
      waiting = [];
    },
  };
}
