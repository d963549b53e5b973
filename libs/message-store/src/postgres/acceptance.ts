import { createBatcher } from '@multiconnect/batch';
import { newOutboundId } from '@multiconnect/contract';
import { type AcceptedMessage, type Acceptance, IdentityUnacknowledged, type NewMessage } from '../ports/acceptance.ts';
import type { Database } from './database.ts';
import { jsonText } from './json.ts';
import { statement } from './statements.ts';

const acceptMessages = statement('accept-messages');
const findIdempotent = statement('find-idempotent');
const markRead = statement('mark-read');
const backlog = statement('outbox-backlog');

const maxRowsPerInsert = 500;
const maxInsertsInFlight = 2;

interface IdempotentRow {
  readonly account: number;
  readonly idempotency_key: string;
  readonly id: string;
  readonly customer: string;
  readonly slot: number;
}

async function earlierMessages(database: Database, messages: readonly NewMessage[]) {
  const rows = await database.run<IdempotentRow>(findIdempotent, [
    messages.map((message) => message.account),
    messages.map((message) => message.idempotencyKey),
  ]);
  return new Map(rows.map((row) => [`${row.account}/${row.idempotency_key}`, row]));
}

/** Undefined for a message that nothing stands in the way of but its customer's identity. */
async function insert(database: Database, messages: readonly NewMessage[]): Promise<(AcceptedMessage | undefined)[]> {
  const rows = await database.run<{ id: string }>(acceptMessages, [
    messages.map((message) => message.account),
    messages.map((message) => message.id),
    messages.map((message) => message.customer),
    messages.map((message) => message.slot),
    messages.map((message) => message.type),
    messages.map((message) => jsonText(message.body)),
    messages.map((message) => message.idempotencyKey ?? null),
    messages.map((message) => message.trace ?? null),
  ]);
  const written = new Set(rows.map((row) => row.id));
  const repeated = messages.filter((message) => !written.has(message.id));
  const earlier = repeated.length === 0 ? undefined : await earlierMessages(database, repeated);
  return messages.map((message) => {
    if (written.has(message.id)) return { id: message.id, customer: message.customer, slot: message.slot, isNew: true };
    const first = earlier?.get(`${message.account}/${message.idempotencyKey}`);
    return first && { id: first.id, customer: first.customer, slot: first.slot, isNew: false };
  });
}

export function createAcceptance(database: Database): Acceptance {
  const batcher = createBatcher<NewMessage, AcceptedMessage | undefined>({
    flush: (messages) => insert(database, messages),
    maxItems: maxRowsPerInsert,
    maxInFlight: maxInsertsInFlight,
  });
  return {
    async accept(message) {
      const accepted = await batcher.add(message);
      if (accepted === undefined) throw new IdentityUnacknowledged('the identity of the customer has changed');
      return accepted;
    },
    async markRead(account, id, trace) {
      const [row] = await database.run<{ customer: string; slot: number }>(markRead, [account, id, newOutboundId(), trace ?? null]);
      return row;
    },
    async backlog(account, atMost) {
      const [row] = await database.run<{ backlog: number }>(backlog, [account, atMost]);
      return row?.backlog ?? 0;
    },
  };
}
