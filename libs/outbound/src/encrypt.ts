import { choicesOf, contentElement, plainRendering, templateChoices } from '@multiconnect/content';
import { newOutboundId, type OutboundContent } from '@multiconnect/contract';
import { type CustomerState, identityChanges, listChanges, reachableDevices, sessionChanges, withSessions } from '@multiconnect/devices';
import type { AcceptedRow, Encrypted, EncryptedBatch, Offer } from '@multiconnect/message-store';
import { encryptFor, keyTransport, type LocalDevice, type RemoteDevice, sealPayload } from '@multiconnect/omemo';
import { isMarker, markedStanzaOf, MessageRefused } from './content.ts';
import { displayedStanza, keyTransportStanza, messageStanza } from './stanza.ts';

/** One customer's messages, encrypted; `poison` are those that cannot be, now or ever. */
export interface EncryptedCustomer extends EncryptedBatch {
  readonly offers: readonly Offer[];
  readonly sent: readonly AcceptedRow[];
  readonly poison: readonly { readonly row: AcceptedRow; readonly error: unknown }[];
}

/** A chat server closes the stream over a stanza that is too long for it, and would do so each time it comes. */
const maxStanzaLength = 240_000;

const addressOf = (customer: string, domain: string) => `+${customer}@${domain}`;

/** Whether these messages need no ratchet. */
export function isPlain(rows: readonly AcceptedRow[]): boolean {
  return rows.every(isMarker);
}

const isPlainText = (content: OutboundContent) =>
  content.type === 'text' && content.context === undefined && content.text.preview_url !== true;

function choicesIn(content: OutboundContent) {
  if (content.type === 'interactive') return choicesOf(content.interactive);
  return content.type === 'template' ? templateChoices(content.template) : [];
}

/** What the customer may answer by typing. */
function offerOf({ customer, slot, id }: AcceptedRow, content: OutboundContent): readonly Offer[] {
  const choices = choicesIn(content).map(({ title, reply }) => ({ title, reply }));
  return choices.length === 0 ? [] : [{ customer, slot, messageId: id, choices }];
}

async function encryptContent(local: LocalDevice, id: string, to: string, content: OutboundContent, recipients: readonly RemoteDevice[]) {
  const payload = sealPayload(plainRendering(content));
  const { envelope, devices } = await encryptFor(local, recipients, payload);
  const element = isPlainText(content) ? '' : contentElement(payload.keyAndTag, content);
  const stanza = messageStanza(id, to, `${envelope}${element}`);
  if (stanza.length > maxStanzaLength) throw new MessageRefused('messageTooLong');
  return { stanza, devices };
}

/**
 * Encrypts one customer's messages in order. Touches nothing outside: what fails here would fail again.
 * @param contentOf throws for a message that cannot be sent
 */
export async function encryptCustomer(
  local: LocalDevice,
  domain: string,
  before: CustomerState,
  rows: readonly AcceptedRow[],
  contentOf: (row: AcceptedRow) => OutboundContent,
): Promise<EncryptedCustomer> {
  let state = before;
  const messages: Encrypted[] = [];
  const sent: AcceptedRow[] = [];
  const offers: Offer[] = [];
  const poison: { row: AcceptedRow; error: unknown }[] = [];
  const encryptRow = async (row: AcceptedRow) => {
    const to = addressOf(row.customer, domain);
    if (isMarker(row)) return { stanza: displayedStanza(row.id, to, markedStanzaOf(row)), devices: [], offer: [] };
    const content = contentOf(row);
    return { ...(await encryptContent(local, row.id, to, content, reachableDevices(state))), offer: offerOf(row, content) };
  };
  for (const row of rows) {
    try {
      const { stanza, devices, offer } = await encryptRow(row);
      messages.push({ id: row.id, seq: row.seq, slot: row.slot, stanza });
      sent.push(row);
      offers.push(...offer);
      state = withSessions(state, devices);
    } catch (error) {
      poison.push({ row, error });
    }
  }
  const sessions = isPlain(sent) ? [] : sessionChanges(state, reachableDevices(state));
  const identities = isPlain(sent) ? [] : identityChanges(state);
  return { sent, offers, poison, messages, sessions, deviceLists: listChanges(state), identities };
}

/** A message without content that starts a fresh session with one device. */
export async function encryptKeyTransport(local: LocalDevice, domain: string, customer: string, device: RemoteDevice) {
  const id = newOutboundId();
  const { envelope, devices } = await encryptFor(local, [device], keyTransport());
  return { id, stanza: keyTransportStanza(id, addressOf(customer, domain), envelope), devices };
}
