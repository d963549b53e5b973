import { randomInt } from 'node:crypto';
import type { LocalIdentity, PreKey, PreKeyBundle, SignedPreKey } from '@multiconnect/signal';
import { type Element, IqError, type IqRequest, xml } from '@multiconnect/xmpp';
import { bundleElement, deviceListElement, readBundle, readDeviceList } from './bundle.ts';
import { bundleNodeOf, deviceListNode, omemoNamespace, publishOptionsForm, pubsubNamespace } from './namespaces.ts';

/** Whatever carries IQ requests: a stream. */
export interface Requester {
  request(iq: IqRequest): Promise<Element>;
}

const currentItem = 'current';

/** Conditions that say that there is nothing, rather than that something failed. */
const absent = new Set(['item-not-found', 'service-unavailable', 'subscription-required', 'forbidden']);

async function fetchItem(requester: Requester, jid: string, node: string): Promise<Element | undefined> {
  const payload = xml('pubsub', { xmlns: pubsubNamespace }, xml('items', { node, max_items: 1 }));
  try {
    const answer = await requester.request({ type: 'get', to: jid, payload });
    const pubsub = answer.is('pubsub') ? answer : answer.getChild('pubsub', pubsubNamespace);
    return pubsub?.getChild('items')?.getChild('item');
  } catch (error) {
    if (error instanceof IqError && absent.has(error.condition)) return undefined;
    throw error;
  }
}

/** The devices that a contact has published; empty when there are none. Rejects with the stream's errors. */
export async function fetchDeviceList(requester: Requester, jid: string): Promise<readonly number[]> {
  const item = await fetchItem(requester, jid, deviceListNode);
  const list = item?.getChild('list', omemoNamespace);
  return list === undefined ? [] : readDeviceList(list);
}

/** A device's bundle; undefined when it has published none. Throws MalformedOmemo. */
export async function fetchBundle(requester: Requester, jid: string, deviceId: number): Promise<PreKeyBundle | undefined> {
  const item = await fetchItem(requester, jid, bundleNodeOf(deviceId));
  const bundle = item?.getChild('bundle', omemoNamespace);
  if (bundle === undefined) return undefined;
  return readBundle(bundle, deviceId, (count) => (count === 0 ? 0 : randomInt(count)));
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

async function publish(requester: Requester, node: string, content: Element): Promise<void> {
  const publishing = () => xml('publish', { node }, xml('item', { id: currentItem }, content));
  const open = xml('pubsub', { xmlns: pubsubNamespace }, publishing(), openNode());
  try {
    await requester.request({ type: 'set', payload: open });
  } catch (error) {
    // A node that exists with other options refuses ours (XEP-0060 7.1.5); the server's own configuration then decides.
    if (!(error instanceof IqError) || error.condition !== 'conflict') throw error;
    await requester.request({ type: 'set', payload: xml('pubsub', { xmlns: pubsubNamespace }, publishing()) });
  }
}

export async function publishDeviceList(requester: Requester, deviceIds: readonly number[]): Promise<void> {
  await publish(requester, deviceListNode, deviceListElement(deviceIds));
}

export async function publishBundle(
  requester: Requester,
  deviceId: number,
  identity: LocalIdentity,
  signed: SignedPreKey,
  preKeys: readonly PreKey[],
): Promise<void> {
  await publish(requester, bundleNodeOf(deviceId), bundleElement(identity, signed, preKeys));
}
