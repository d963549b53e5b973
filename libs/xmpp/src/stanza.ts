import type { Element} from './element.ts';
import { xml } from './element.ts';
import { ns } from './namespaces.ts';

export interface StanzaError {
  /** Defined condition of RFC 6120, 8.3.3, such as "service-unavailable". */
  readonly condition: string;
  readonly text?: string;
}

/** The error a stanza of type "error" carries; undefined for every other stanza. */
export function stanzaError(stanza: Element): StanzaError | undefined {
  if (stanza.attrs['type'] !== 'error') return undefined;
  const error = stanza.getChild('error');
  const details = error?.getChildElements().filter((child) => child.getNS() === ns.stanzas) ?? [];
  const condition = details.find((child) => child.getName() !== 'text')?.getName() ?? 'undefined-condition';
  const text = details.find((child) => child.getName() === 'text')?.getText();
  return text ? { condition, text } : { condition };
}

/** The reply to an IQ request: an <iq/> as it is, anything else as the payload of a result, undefined as a refusal. */
export function iqReply(request: Element, answer: Element | undefined): Element {
  const { id, from } = request.attrs as { id?: string; from?: string };
  if (answer?.getName() === 'iq') {
    Object.assign(answer.attrs, { id, ...(from !== undefined && { to: from }) });
    return answer;
  }
  if (answer) return xml('iq', { type: 'result', id, to: from }, answer);
  return xml(
    'iq',
    { type: 'error', id, to: from },
    xml('error', { type: 'cancel' }, xml('service-unavailable', { xmlns: ns.stanzas })),
  );
}

/** Whether an answer comes from whom the request went to (RFC 6120, 8.1.2.1): anyone can guess an id. */
export function isAnswerFrom(from: string | undefined, to: string | undefined, ownJid: string): boolean {
  const own = bare(ownJid);
  if (to !== undefined) return from === undefined ? sameJid(to, own) : sameJid(from, to);
  if (from === undefined) return true;
  return [own, ownJid, own.slice(own.lastIndexOf('@') + 1)].some((jid) => sameJid(from, jid));
}

export function bare(jid: string): string {
  return jid.split('/', 1)[0] ?? jid;
}

/** Servers fold the case of local part and domain, never that of the resource. */
function sameJid(a: string, b: string): boolean {
  return bare(a).toLowerCase() === bare(b).toLowerCase() && a.slice(bare(a).length) === b.slice(bare(b).length);
}
