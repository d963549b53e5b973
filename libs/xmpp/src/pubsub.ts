import { type Element, xml } from './element.ts';
import { IqError } from './errors.ts';
import type { IqRequest } from './requests.ts';

/** Whatever carries IQ requests: a stream. */
export interface Requester {
  request(iq: IqRequest): Promise<Element>;
}

const pubsubNamespace = 'http://jabber.org/protocol/pubsub';
const publishOptionsForm = `${pubsubNamespace}#publish-options`;

/** Conditions that say that there is nothing, rather than that something failed. */
const absent = new Set(['item-not-found', 'service-unavailable', 'subscription-required', 'forbidden']);

/** The newest item of somebody's node, or the one with the id; undefined when there is none. Rejects with the stream's errors. */
export async function fetchItem(requester: Requester, jid: string, node: string, id?: string): Promise<Element | undefined> {
  const wanted = id === undefined ? xml('items', { node, max_items: 1 }) : xml('items', { node }, xml('item', { id }));
  const payload = xml('pubsub', { xmlns: pubsubNamespace }, wanted);
  try {
    const answer = await requester.request({ type: 'get', to: jid, payload });
    const pubsub = answer.is('pubsub') ? answer : answer.getChild('pubsub', pubsubNamespace);
    return pubsub?.getChild('items')?.getChild('item');
  } catch (error) {
    if (error instanceof IqError && absent.has(error.condition)) return undefined;
    throw error;
  }
}

const openNode = () =>
  xml(
    'publish-options',
    {},
    xml(
      'x',
      { xmlns: 'jabber:x:data', type: 'submit' },
      xml('field', { var: 'FORM_TYPE', type: 'hidden' }, xml('value', {}, publishOptionsForm)),
      xml('field', { var: 'pubsub#persist_items' }, xml('value', {}, 'true')),
      xml('field', { var: 'pubsub#access_model' }, xml('value', {}, 'open')),
    ),
  );

/** Publishes on a node of the own account that everybody may read (XEP-0163). Rejects with the stream's errors. */
export async function publishItem(requester: Requester, node: string, id: string, content: Element): Promise<void> {
  const publishing = () => xml('publish', { node }, xml('item', { id }, content));
  const open = xml('pubsub', { xmlns: pubsubNamespace }, publishing(), openNode());
  try {
    await requester.request({ type: 'set', payload: open });
  } catch (error) {
    // A node that exists with other options refuses ours (XEP-0060 7.1.5); the server's own configuration then decides.
    if (!(error instanceof IqError) || error.condition !== 'conflict') throw error;
    await requester.request({ type: 'set', payload: xml('pubsub', { xmlns: pubsubNamespace }, publishing()) });
  }
}
