import { type Element, escapeXml, parseXml, xml } from '@multiconnect/xmpp';

const receipts = 'urn:xmpp:receipts';
const markers = 'urn:xmpp:chat-markers:0';
const hints = 'urn:xmpp:hints';

/** The server keeps the stanza for a receiver that is away, though it has no body. */
const store = `<store xmlns='${hints}'/>`;

/** A chat message around an envelope. It has no plain body: a client would show that of a duplicate. */
export function chatMessage(to: string, id: string, envelope: string): string {
  const requests = `<request xmlns='${receipts}'/><markable xmlns='${markers}'/>`;
  return `<message to='${escapeXml(to)}' id='${escapeXml(id)}' type='chat'>${envelope}${requests}${store}</message>`;
}

/** A message that only moves ratchets: nobody is to confirm it. */
export function keyTransportMessage(to: string, id: string, envelope: string): string {
  return `<message to='${escapeXml(to)}' id='${escapeXml(id)}' type='chat'>${envelope}${store}</message>`;
}

/** XEP-0184: it has arrived. */
export function receipt(to: string, id: string): Element {
  return xml('message', { to, type: 'chat' }, xml('received', { xmlns: receipts, id }), parseXml(store));
}

/** XEP-0333: it has been read. */
export function displayedMarker(to: string, id: string): Element {
  return xml('message', { to, type: 'chat' }, xml('displayed', { xmlns: markers, id }), parseXml(store));
}

export const asksForReceipt = (message: Element): boolean => message.getChild('request', receipts) !== undefined;

/** The message of ours that a stanza says has arrived or been read. */
export function confirmationIn(message: Element): { readonly id: string; readonly status: 'delivered' | 'read' } | undefined {
  const received = message.getChild('received', receipts)?.attrs['id'] as unknown;
  if (typeof received === 'string') return { id: received, status: 'delivered' };
  const displayed = message.getChild('displayed', markers)?.attrs['id'] as unknown;
  return typeof displayed === 'string' ? { id: displayed, status: 'read' } : undefined;
}

export const bareJid = (jid: string): string => jid.split('/', 1)[0] ?? jid;

/** The digits of an address such as +16315551001@chat.example; the local part itself when it is no number. */
export function numberOf(jid: string): string {
  const local = jid.slice(0, Math.max(0, jid.indexOf('@')));
  return /^\+[0-9]+$/.test(local) ? local.slice(1) : local;
}

/** XEP-0191, 3.3. */
export function blockRequest(jid: string): Element {
  return xml('block', { xmlns: 'urn:xmpp:blocking' }, xml('item', { jid }));
}
