import { escapeXml } from '@multiconnect/xmpp';

const hints = "<store xmlns='urn:xmpp:hints'/>";
const receiptRequest = "<request xmlns='urn:xmpp:receipts'/>";
const markable = "<markable xmlns='urn:xmpp:chat-markers:0'/>";

/**
 * A message stanza for an encrypted payload. It has no plain body: a body beside `<encrypted>` would be shown by a client
 * that gets the stanza twice (XEP-0384 clients drop the duplicate ciphertext and show the body).
 */
export function messageStanza(id: string, to: string, envelope: string): string {
  return `<message id='${escapeXml(id)}' to='${escapeXml(to)}' type='chat'>${envelope}${hints}${receiptRequest}${markable}</message>`;
}

/** A message that only moves a ratchet: kept for a phone that is away, never shown, never receipted. */
export function keyTransportStanza(id: string, to: string, envelope: string): string {
  return `<message id='${escapeXml(id)}' to='${escapeXml(to)}' type='chat'>${envelope}${hints}</message>`;
}

/** XEP-0333: everything up to the customer's message has been read. */
export function displayedStanza(id: string, to: string, stanzaId: string): string {
  return (
    `<message id='${escapeXml(id)}' to='${escapeXml(to)}' type='chat'>` +
    `<displayed xmlns='urn:xmpp:chat-markers:0' id='${escapeXml(stanzaId)}'/>${hints}</message>`
  );
}
