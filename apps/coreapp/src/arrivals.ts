import type { Inbox } from '@multiconnect/message-store';
import type { CoreappStatistics } from '@multiconnect/statistics';
import type { Element } from '@multiconnect/xmpp';

/** The inbox, what is committed to it counted. */
export function countedInbox(inbox: Inbox, statistics: Pick<CoreappStatistics, 'persisted'>): Inbox {
  return {
    ...inbox,
    async store(receiver, stanzas) {
      await inbox.store(receiver, stanzas);
      statistics.persisted(stanzas.length);
    },
  };
}

/** Receives a stanza; one that is for the inbox is counted. */
export function countedReceive(
  receive: (stanza: Element) => Promise<void> | undefined,
  statistics: Pick<CoreappStatistics, 'arrived'>,
): (stanza: Element) => Promise<void> | undefined {
  return (stanza) => {
    const stored = receive(stanza);
    if (stored !== undefined) statistics.arrived();
    return stored;
  };
}
