import { createBatcher } from '@multiconnect/batch';
import type { Clock } from '@multiconnect/clock';
import { Fenced, type Inbox, type ReceivedStanza, type ShardTenure } from '@multiconnect/message-store';
import { retryUntilDone } from '@multiconnect/retry';
import type { Element } from '@multiconnect/xmpp';
import { storable } from './stanza.ts';

const maxStanzasPerCommit = 256;
const storeBackoff = { initialMs: 50, maxMs: 500 };

export interface Receiver {
  receive(stanza: Element): Promise<void> | undefined;
  /** What cannot be committed now is waited for no longer. */
  stop(): void;
}

/**
 * The receiving end of a shard's stream. INVARIANT: the promise of a stanza is fulfilled once it is committed to the inbox,
 * and only then does the stream count it, so that the server redelivers what was not stored.
 *
 * A store that is away is waited for while the tenure lasts, and the stream reads no more than it may hold: a promise that was
 * broken would end the stream, and the server would redeliver in another order what the store takes a moment later in this one.
 */
export function createReceiver(options: {
  tenure: ShardTenure;
  /** Aborted when the tenure ends. */
  signal: AbortSignal;
  inbox: Pick<Inbox, 'store'>;
  clock: Clock;
  /** Slots whose inbox has grown. */
  onStored: (slots: ReadonlySet<number>) => void;
  onTrouble: (error: unknown) => void;
}): Receiver {
  const stopper = new AbortController();
  const retry = {
    clock: options.clock,
    signal: AbortSignal.any([options.signal, stopper.signal]),
    backoff: storeBackoff,
    isFinal: (error: unknown) => error instanceof Fenced,
    onRetry: options.onTrouble,
  };
  const store = async (stanzas: readonly ReceivedStanza[]) => {
    await retryUntilDone(retry, () => options.inbox.store(options.tenure, stanzas));
    options.onStored(new Set(stanzas.map((stanza) => stanza.slot)));
    return stanzas.map(() => undefined);
  };
  const batcher = createBatcher<ReceivedStanza, undefined>({ flush: store, maxItems: maxStanzasPerCommit, maxInFlight: 1 });
  return {
    receive(stanza) {
      const received = storable(stanza);
      return received === undefined ? undefined : batcher.add(received);
    },
    stop() {
      stopper.abort(new Error('stopped'));
    },
  };
}
