import { createHash } from 'node:crypto';
import type { Seal } from '@multiconnect/vault';
import type { Inbox, InboxRow, Recalled, Received } from '../ports/inbox.ts';
import type { ReportedStatuses } from '../ports/outbox.ts';
import type { ShardTenure } from '../ports/fencing.ts';
import { type Database, runFenced, type Runner } from './database.ts';
import { sealFiles } from './held-callbacks.ts';
import { identityColumns } from './identities.ts';
import { jsonText } from './json.ts';
import { type AdvanceColumns, changeColumns, deviceListColumns, fail, movedOf, sessionColumns } from './outbox.ts';
import { statement } from './statements.ts';

const storeStanzas = statement('inbox-store');
const nextStanzas = statement('inbox-next');
const takeStanzas = statement('inbox-take');
const takeNotices = statement('inbox-notices');
const bury = statement('inbox-bury');
const recall = statement('inbox-recall');

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

interface RecallColumns {
  readonly offers: readonly { customer: string; message_id: string; choices: Recalled['offers'][number]['choices'] }[] | null;
  readonly messages: readonly { customer: string; stanza_id: string; id: string }[] | null;
}

function recalledOf(row: RecallColumns | undefined): Recalled {
  return {
    offers: (row?.offers ?? []).map(({ customer, message_id, choices }) => ({ customer, messageId: message_id, choices })),
    messages: (row?.messages ?? []).map(({ customer, stanza_id, id }) => ({ customer, stanzaId: stanza_id, id })),
  };
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
      received.messages.map(({ event, files }) => (files === undefined ? null : sealFiles(seal, tenure.account, event.id, files))),
      received.answered.map((answer) => answer.slot),
      received.answered.map((answer) => answer.customer),
      received.answered.map((answer) => answer.messageId),
      ...identityColumns(received.identities ?? []),
    ];
    return movedOf(await runFenced<AdvanceColumns>(runner, takeStanzas, tenure, columns));
  };
  const takeRare = async (runner: Runner, tenure: ShardTenure, { statuses, changedNumbers }: Received) => {
    if (statuses.length === 0 && changedNumbers.length === 0) return;
    await runFenced(runner, takeNotices, tenure, [
      statuses.map((status) => status.customer),
      statuses.map((status) => status.id),
      statuses.map((status) => status.status),
      statuses.map((status) => status.atMs),
      changedNumbers.map((change) => change.customer),
      changedNumbers.map((change) => change.newWaId),
    ]);
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
    async recall(account, { offers, offeredAfterMs, messages }) {
      const [row] = await database.run<RecallColumns>(recall, [
        account,
        offers.map((offer) => offer.slot),
        offers.map((offer) => offer.customer),
        offeredAfterMs,
        messages.map((message) => message.customer),
        messages.map((message) => message.stanzaId),
      ]);
      return recalledOf(row);
    },
    async take(tenure, received, reported) {
      const { failures, statuses, changedNumbers, buried = [] } = received;
      if (failures.length + statuses.length + changedNumbers.length + buried.length === 0) return takeRows(database, tenure, received, reported);
      return database.transaction(async (runner) => {
        if (buried.length > 0) await runFenced(runner, bury, tenure, [buried.map(({ seq }) => seq), buried.map(({ reason }) => reason)]);
        if (failures.length > 0) await fail(runner, tenure, failures);
        const moved = await takeRows(runner, tenure, received, reported);
        await takeRare(runner, tenure, received);
        return moved;
      });
    },
  };
}
