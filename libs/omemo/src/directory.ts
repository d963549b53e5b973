import { randomInt } from 'node:crypto';
import type { LocalIdentity, PreKey, PreKeyBundle, SignedPreKey } from '@multiconnect/signal';
import { fetchItem, publishItem, type Requester } from '@multiconnect/xmpp';
import { bundleElement, deviceListElement, readBundle, readDeviceList } from './bundle.ts';
import { bundleNodeOf, deviceListNode, omemoNamespace } from './namespaces.ts';

export type { Requester } from '@multiconnect/xmpp';

const currentItem = 'current';

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

export async function publishDeviceList(requester: Requester, deviceIds: readonly number[]): Promise<void> {
  await publishItem(requester, deviceListNode, currentItem, deviceListElement(deviceIds));
}

export async function publishBundle(
  requester: Requester,
  deviceId: number,
  identity: LocalIdentity,
  signed: SignedPreKey,
  preKeys: readonly PreKey[],
): Promise<void> {
  await publishItem(requester, bundleNodeOf(deviceId), currentItem, bundleElement(identity, signed, preKeys));
}
