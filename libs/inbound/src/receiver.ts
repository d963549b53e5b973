import { createBatcher } from '@multiconnect/batch';
import type { Inbox, ReceivedStanza, ShardTenure } from '@multiconnect/message-store';
import type { Element } from '@multiconnect/xmpp';
import { storable } from './stanza.ts';

const maxStanzasPerCommit = 256;

/**
 * The receiving end of a shard's stream. INVARIANT: the promise of a stanza is fulfilled once it is committed to the inbox,
 * and only then does the stream count it, so that the server redelivers what was not stored.
 */
export function createReceiver(options: {
  tenure: ShardTenure;
  inbox: Inbox;
  /** Slots whose inbox has grown. */
  onStored: (slots: ReadonlySet<number>) => void;
}): { receive(stanza: Element): Promise<void> | undefined } {
  const store = async (stanzas: readonly ReceivedStanza[]) => {
    await options.inbox.store(options.tenure, stanzas);
    options.onStored(new Set(stanzas.map((stanza) => stanza.slot)));
    return stanzas.map(() => undefined);
  };
  const batcher = createBatcher<ReceivedStanza, undefined>({ flush: store, maxItems: maxStanzasPerCommit, maxInFlight: 1 });
  return {
    receive(stanza) {
      const received = storable(stanza);
      return received === undefined ? undefined : batcher.add(received);
    },
  };
}
