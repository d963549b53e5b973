import { newOutboundId } from '@multiconnect/contract';
import { encryptFor, keyTransport, type LocalDevice, type RemoteDevice, sealPayload } from '@multiconnect/omemo';
import { displayedStanza, keyTransportStanza, messageStanza } from './stanza.ts';

/** What a message row asks to be sent. */
export interface Sendable {
  readonly id: string;
  readonly customer: string;
  readonly type: string;
  readonly body: unknown;
}

export interface EncryptedRow {
  readonly stanza: string;
  /** The ratchets that moved. */
  readonly devices: readonly RemoteDevice[];
}

/** A stored row whose body is not what its type says. */
export class UnsendableRow extends Error {
  override readonly name = 'UnsendableRow';
}

const addressOf = (customer: string, domain: string) => `+${customer}@${domain}`;

function textOf(row: Sendable): string {
  const { text } = row.body as { text?: { body?: unknown } };
  if (typeof text?.body !== 'string') throw new UnsendableRow(`message ${row.id} of type ${row.type} has no text`);
  return text.body;
}

function markerOf(row: Sendable): string {
  const { stanza_id } = row.body as { stanza_id?: unknown };
  if (typeof stanza_id !== 'string') throw new UnsendableRow(`read marker ${row.id} names no message`);
  return stanza_id;
}

/** The stanza of a row. Throws {@link UnsendableRow} and NoUsableDevice. */
export async function encryptRow(
  local: LocalDevice,
  domain: string,
  row: Sendable,
  recipients: readonly RemoteDevice[],
): Promise<EncryptedRow> {
  const to = addressOf(row.customer, domain);
  if (row.type === 'read-marker') return { stanza: displayedStanza(row.id, to, markerOf(row)), devices: [] };
  const { envelope, devices } = await encryptFor(local, recipients, sealPayload(textOf(row)));
  return { stanza: messageStanza(row.id, to, envelope), devices };
}

/** A message without content that starts a fresh session with one device. */
export async function encryptKeyTransport(local: LocalDevice, domain: string, customer: string, device: RemoteDevice) {
  const id = newOutboundId();
  const { envelope, devices } = await encryptFor(local, [device], keyTransport());
  return { id, stanza: keyTransportStanza(id, addressOf(customer, domain), envelope), devices };
}
