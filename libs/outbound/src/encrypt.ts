import { newOutboundId } from '@multiconnect/contract';
import { type CustomerState, listChanges, reachableDevices, sessionChanges, withSessions } from '@multiconnect/devices';
import type { AcceptedRow, Encrypted, EncryptedBatch } from '@multiconnect/message-store';
import { encryptFor, keyTransport, type LocalDevice, type RemoteDevice, sealPayload } from '@multiconnect/omemo';
import { displayedStanza, keyTransportStanza, messageStanza } from './stanza.ts';

/** A stored row whose body is not what its type says. */
export class UnsendableRow extends Error {
  override readonly name = 'UnsendableRow';
}

/** One customer's messages, encrypted; `poison` are those that cannot be, now or ever. */
export interface EncryptedCustomer extends EncryptedBatch {
  readonly sent: readonly AcceptedRow[];
  readonly poison: readonly { readonly row: AcceptedRow; readonly error: unknown }[];
}

const addressOf = (customer: string, domain: string) => `+${customer}@${domain}`;
const isMarker = (row: AcceptedRow) => row.type === 'read-marker';

/** Whether these messages need no ratchet. */
export function isPlain(rows: readonly AcceptedRow[]): boolean {
  return rows.every(isMarker);
}

function textOf(row: AcceptedRow): string {
  const { text } = row.body as { text?: { body?: unknown } };
  if (row.type !== 'text' || typeof text?.body !== 'string') throw new UnsendableRow(`message ${row.id} has no text`);
  return text.body;
}

function markerOf(row: AcceptedRow): string {
  const { stanza_id } = row.body as { stanza_id?: unknown };
  if (typeof stanza_id !== 'string' || stanza_id === '') throw new UnsendableRow(`read marker ${row.id} names no message`);
  return stanza_id;
}

async function encryptRow(local: LocalDevice, domain: string, row: AcceptedRow, recipients: readonly RemoteDevice[]) {
  const to = addressOf(row.customer, domain);
  if (isMarker(row)) return { stanza: displayedStanza(row.id, to, markerOf(row)), devices: [] };
  const { envelope, devices } = await encryptFor(local, recipients, sealPayload(textOf(row)));
  return { stanza: messageStanza(row.id, to, envelope), devices };
}

/** Encrypts one customer's messages in order. Touches nothing outside: what fails here would fail again. */
export async function encryptCustomer(
  local: LocalDevice,
  domain: string,
  before: CustomerState,
  rows: readonly AcceptedRow[],
): Promise<EncryptedCustomer> {
  let state = before;
  const messages: Encrypted[] = [];
  const sent: AcceptedRow[] = [];
  const poison: { row: AcceptedRow; error: unknown }[] = [];
  for (const row of rows) {
    try {
      const { stanza, devices } = await encryptRow(local, domain, row, reachableDevices(state));
      messages.push({ id: row.id, seq: row.seq, slot: row.slot, stanza });
      sent.push(row);
      state = withSessions(state, devices);
    } catch (error) {
      poison.push({ row, error });
    }
  }
  const sessions = isPlain(sent) ? [] : sessionChanges(state, reachableDevices(state));
  return { sent, poison, messages, sessions, deviceLists: listChanges(state) };
}

/** A message without content that starts a fresh session with one device. */
export async function encryptKeyTransport(local: LocalDevice, domain: string, customer: string, device: RemoteDevice) {
  const id = newOutboundId();
  const { envelope, devices } = await encryptFor(local, [device], keyTransport());
  return { id, stanza: keyTransportStanza(id, addressOf(customer, domain), envelope), devices };
}
