import type { ReceivedMessages } from '../ports/received-messages.ts';
import type { Database } from './database.ts';
import { statement } from './statements.ts';

const receivedStanzaId = statement('received-stanza-id');

export function createReceivedMessages(database: Database): ReceivedMessages {
  return {
    async stanzaIdOf(account, customer, id) {
      const [row] = await database.run<{ stanza_id: string | null }>(receivedStanzaId, [account, customer, id]);
      return row?.stanza_id ?? undefined;
    },
  };
}
