import { bareJid, domainOf, waIdOf } from '@multiconnect/devices';
import { slotOf } from '@multiconnect/contract';
import { type ReceivedStanza, stanzaHashOf } from '@multiconnect/message-store';
import { deviceListNotice, type Envelope, MalformedOmemo, readEnvelope } from '@multiconnect/omemo';
import { delayStamp, type Element, stanzaError } from '@multiconnect/xmpp';

const receiptsNamespace = 'urn:xmpp:receipts';
const markersNamespace = 'urn:xmpp:chat-markers:0';
const maxStanzaIdLength = 512;

/** Children that the server adds or changes on the way: not part of what makes the stanza itself. */
const transportChildren = new Set(['delay', 'stanza-id']);

/** What a stanza from a customer means to the gateway. */
export type Meaning =
  | { readonly kind: 'receipt'; readonly id: string }
  | { readonly kind: 'displayed'; readonly id: string }
  | { readonly kind: 'bounce'; readonly id: string; readonly condition: string }
  | { readonly kind: 'devices'; readonly devices: readonly number[] }
  | { readonly kind: 'encrypted'; readonly envelope: Envelope; readonly isReceiptWanted: boolean }
  | { readonly kind: 'unreadable'; readonly reason: string; readonly isReceiptWanted: boolean }
  | { readonly kind: 'nothing' };

function textMeaning(message: Element): Meaning {
  const isReceiptWanted = message.getChild('request', receiptsNamespace) !== undefined;
  try {
    const envelope = readEnvelope(message);
    if (envelope !== undefined) return { kind: 'encrypted', envelope, isReceiptWanted };
  } catch (error) {
    if (!(error instanceof MalformedOmemo)) throw error;
    return { kind: 'unreadable', reason: 'The message is malformed', isReceiptWanted };
  }
  if (!message.getChildText('body')) return { kind: 'nothing' };
  return { kind: 'unreadable', reason: 'The message is not end-to-end encrypted', isReceiptWanted };
}

function idOf(element: Element | undefined): string | undefined {
  const id: unknown = element?.attrs['id'];
  return typeof id === 'string' && id !== '' ? id : undefined;
}

/** Reads a message stanza. Anything that is no business of the gateway's (typing notices and so on) means nothing. */
export function meaningOf(message: Element): Meaning {
  if (message.attrs['type'] === 'error') {
    const id = idOf(message);
    if (id === undefined) return { kind: 'nothing' };
    return { kind: 'bounce', id, condition: stanzaError(message)?.condition ?? 'undefined-condition' };
  }
  const devices = deviceListNotice(message);
  if (devices !== undefined) return { kind: 'devices', devices };
  const receipt = idOf(message.getChild('received', receiptsNamespace));
  if (receipt !== undefined) return { kind: 'receipt', id: receipt };
  const displayed = idOf(message.getChild('displayed', markersNamespace));
  if (displayed !== undefined) return { kind: 'displayed', id: displayed };
  return textMeaning(message);
}

/**
 * The customer that a stanza is from; undefined when it is from nobody whom the gateway serves. Customers live on the
 * number's own domain, which is that of the address that the server delivered to: a number at another domain is a stranger.
 */
function senderOf(stanza: Element): { customer: string; from: string; domain: string } | undefined {
  const { from, to, type } = stanza.attrs as { from?: unknown; to?: unknown; type?: unknown };
  if (!stanza.is('message') || type === 'groupchat' || typeof from !== 'string' || typeof to !== 'string') return undefined;
  const domain = domainOf(to);
  const customer = waIdOf(from, domain);
  if (customer === undefined || bareJid(from) === bareJid(to)) return undefined;
  return { customer, from, domain };
}

/** The stanza as it is stored; undefined when it is not from a customer or means nothing. */
export function storable(stanza: Element): ReceivedStanza | undefined {
  const sender = senderOf(stanza);
  if (sender === undefined || meaningOf(stanza).kind === 'nothing') return undefined;
  const { customer, from, domain } = sender;
  const content = stanza.getChildElements().filter((child) => !transportChildren.has(child.name));
  const delayedAt = delayStamp(stanza, domain); // the own server's only: whoever writes a stanza can stamp it
  const id: unknown = stanza.attrs['id'];
  return {
    customer,
    slot: slotOf(customer),
    stanzaId: typeof id === 'string' ? id.slice(0, maxStanzaIdLength).toWellFormed() : '',
    stanzaHash: stanzaHashOf(`${bareJid(from)}\n${content.map((child) => child.toString()).join('\n')}`),
    stanza: stanza.toString(),
    ...(delayedAt === undefined ? {} : { delayedAtMs: delayedAt.getTime() }),
  };
}
