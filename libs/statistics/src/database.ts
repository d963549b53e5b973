import type { MetricFamilies, MetricFamily } from '@multiconnect/contract';
import type { StoreStatistics } from '@multiconnect/message-store';

const gauge = (help: string, ...data: MetricFamily['data']): MetricFamily => ({ type: 'gauge', help, data });
const plain = (help: string, value: number) => gauge(help, { labels: {}, value });
const labelled = (label: string, counts: Readonly<Record<string, number>>) => Object.entries(counts).map(([name, value]) => ({ labels: { [label]: name }, value }));

const contactTypes: Readonly<Record<string, string>> = { valid: 'whatsapp_user', invalid: 'not_whatsapp_user' };

/** A message's state as stored, by the name that operators know. */
const stateNames: Readonly<Record<string, string>> = {
  0: 'accepted', 1: 'encrypted', 2: 'sent', 3: 'delivered', 4: 'read', 5: 'failed', 10: 'received', 11: 'marked_read',
};

const countOf = (messages: StoreStatistics['messages'], states: readonly number[]) => states.reduce((sum, state) => sum + (messages[state] ?? 0), 0);

/** `stats.db` of the leading master, under the documented names. */
export function databaseFamilies({ contacts, messages, pendingCallbacks }: StoreStatistics): MetricFamilies {
  const byType = Object.fromEntries(Object.entries(contactTypes).map(([status, type]) => [type, contacts[status] ?? 0]));
  return {
    db_contacts: gauge('Contacts that were looked up', ...labelled('type', byType)),
    db_messages: plain('Messages, both ways', Object.values(messages).reduce((sum, count) => sum + count, 0)),
    // A read message was delivered, too.
    db_message_receipts: plain('Receipts of messages, of delivery and of reading', countOf(messages, [3, 4]) + countOf(messages, [4])),
    db_pending_messages: plain('Messages that the chat server does not hold yet', countOf(messages, [0, 1])),
    db_pending_callbacks: plain('Callbacks that wait for the back end', pendingCallbacks),
  };
}

/** What else the database holds, under our own names. */
export function internalDatabaseFamilies({ messages, deadCallbacks, deadMessages, deadStanzas, inbox, ciphertexts, sessions }: StoreStatistics): MetricFamilies {
  const byState = Object.fromEntries(Object.entries(messages).map(([state, count]) => [stateNames[state] ?? state, count]));
  return {
    db_messages_by_state: gauge('Messages by state', ...labelled('state', byState)),
    db_dead_letters: gauge('Dead letters, which wait for an operator', ...labelled('kind', { callback: deadCallbacks, message: deadMessages, stanza: deadStanzas })),
    db_inbox: plain('Stanzas that were not read yet', inbox),
    db_ciphertexts: plain('Encrypted messages without an acknowledgement', ciphertexts),
    db_sessions: plain('Signal sessions with devices', sessions),
  };
}
