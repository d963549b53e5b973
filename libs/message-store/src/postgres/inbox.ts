import { createHash } from 'node:crypto';
import type { Seal } from '@multiconnect/vault';
import type { Inbox, InboxRow, Received } from '../ports/inbox.ts';
import type { ReportedStatuses } from '../ports/outbox.ts';
import type { ShardTenure } from '../ports/fencing.ts';
import { type Database, runFenced, type Runner } from './database.ts';
import { jsonText } from './json.ts';
import { type AdvanceColumns, changeColumns, deviceListColumns, fail, movedOf, sessionColumns } from './outbox.ts';
import { statement } from './statements.ts';

const storeStanzas = statement('inbox-store');
const nextStanzas = statement('inbox-next');
const takeStanzas = statement('inbox-take');

interface InboxColumns {
  readonly seq: string;
  readonly customer: string;
  readonly slot: number;
  readonly stanza_id: string;
  readonly stanza_hash: Buffer;
  readonly stanza: string;
  readonly delayed_at_ms: number | null;
  readonly received_at_ms: number;
}

function rowOf(columns: InboxColumns): InboxRow {
  const { seq, customer, slot, stanza, delayed_at_ms } = columns;
  return {
    seq: Number(seq),
    customer,
    slot,
    stanza,
    stanzaId: columns.stanza_id,
    stanzaHash: columns.stanza_hash,
    receivedAtMs: columns.received_at_ms,
    ...(delayed_at_ms === null ? {} : { delayedAtMs: delayed_at_ms }),
  };
}

/** The hash that tells one stanza from another with the same sender and id. */
export function stanzaHashOf(content: string): Buffer {
  return createHash('sha256').update(content).digest();
}

export function createInbox(database: Database, seal: Seal): Inbox {
  const takeRows = async (runner: Runner, tenure: ShardTenure, received: Received, reported: ReportedStatuses) => {
    const columns = [
      received.taken,
      received.messages.map((message) => message.customer),
      received.messages.map((message) => message.slot),
      received.messages.map((message) => message.event.id),
      received.messages.map((message) => message.event.content.type),
      received.messages.map((message) => jsonText(message.body)),
      received.messages.map((message) => jsonText(message.event)),
      received.messages.map((message) => message.trace ?? null),
      ...sessionColumns(seal, tenure.account, received.sessions),
      received.usedPreKeys,
      ...deviceListColumns(received.deviceLists),
      ...changeColumns(received.changes, reported),
    ];
    return movedOf(await runFenced<AdvanceColumns>(runner, takeStanzas, tenure, columns));
  };
  return {
    async store(receiver, stanzas) {
      await runFenced(database, storeStanzas, receiver, [
        stanzas.map((stanza) => stanza.customer),
        stanzas.map((stanza) => stanza.slot),
        stanzas.map((stanza) => stanza.stanzaId),
        stanzas.map((stanza) => Buffer.from(stanza.stanzaHash)),
        stanzas.map((stanza) => stanza.stanza),
        stanzas.map((stanza) => stanza.delayedAtMs ?? null),
      ]);
    },
    async next(account, slots, afterSeq, limit) {
      const rows = await database.run<InboxColumns>(nextStanzas, [account, slots, afterSeq, limit]);
      return rows.map(rowOf);
    },
    async take(tenure, received, reported) {
      if (received.failures.length === 0) return takeRows(database, tenure, received, reported);
      return database.transaction(async (runner) => {
        await fail(runner, tenure, received.failures);
        return takeRows(runner, tenure, received, reported);
      });
    },
  };
}
