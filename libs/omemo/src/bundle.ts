import type { LocalIdentity, PreKey, PreKeyBundle, PublicPreKey, SignedPreKey } from '@multiconnect/signal';
import { type Element, xml } from '@multiconnect/xmpp';
import { MalformedOmemo } from './errors.ts';
import { isDeviceId, isKeyId } from './ids.ts';
import { deviceListNode, omemoNamespace, pubsubEventNamespace } from './namespaces.ts';

/** Every message is encrypted for each device of a list, and anybody may publish a long one. Dead devices stand in front. */
const maxDevices = 64;

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/** The public half of a device, as published at its bundle node. */
export function bundleElement(identity: LocalIdentity, signed: SignedPreKey, preKeys: readonly PreKey[]): Element {
  return xml(
    'bundle',
    { xmlns: omemoNamespace },
    xml('signedPreKeyPublic', { signedPreKeyId: signed.id }, base64(signed.keyPair.publicKey)),
    xml('signedPreKeySignature', {}, base64(signed.signature)),
    xml('identityKey', {}, base64(identity.identityKeyPair.publicKey)),
    xml('prekeys', {}, ...preKeys.map((key) => xml('preKeyPublic', { preKeyId: key.id }, base64(key.keyPair.publicKey)))),
  );
}

function childBytes(parent: Element, name: string): Buffer {
  const text = parent.getChildText(name);
  if (text === null || text === '') throw new MalformedOmemo(`bundle without ${name}`);
  return Buffer.from(text, 'base64');
}

/** A one-time prekey. Id 0 stands for "none" on the wire of some clients, so a key of that id is not taken. */
function readPreKey(element: Element): PublicPreKey[] {
  const id = Number(element.attrs['preKeyId']);
  return isKeyId(id) && id > 0 ? [{ id, publicKey: Buffer.from(element.getText(), 'base64') }] : [];
}

/**
 * A bundle, with one of its one-time prekeys picked by `pick` (0 <= result < count), so that customers who ask at the same
 * time rarely take the same. Throws {@link MalformedOmemo}.
 */
export function readBundle(bundle: Element, deviceId: number, pick: (count: number) => number): PreKeyBundle {
  const signedId = Number(bundle.getChild('signedPreKeyPublic')?.attrs['signedPreKeyId']);
  if (!isKeyId(signedId)) throw new MalformedOmemo('bundle without signed prekey id');
  const preKeys = bundle.getChild('prekeys')?.getChildren('preKeyPublic') ?? [];
  const usable = preKeys.flatMap(readPreKey);
  const picked = usable[pick(usable.length)];
  return {
    deviceId,
    identityKey: childBytes(bundle, 'identityKey'),
    signedPreKey: {
      id: signedId,
      publicKey: childBytes(bundle, 'signedPreKeyPublic'),
      signature: childBytes(bundle, 'signedPreKeySignature'),
    },
    ...(picked === undefined ? {} : { preKey: picked }),
  };
}

export function deviceListElement(deviceIds: readonly number[]): Element {
  return xml('list', { xmlns: omemoNamespace }, ...deviceIds.map((id) => xml('device', { id })));
}

/** Device ids of a `<list>`, the last {@link maxDevices} of them; what is no device id is passed over. */
export function readDeviceList(list: Element): number[] {
  const ids = list.getChildren('device').map((device) => Number(device.attrs['id']));
  return [...new Set(ids.filter(isDeviceId))].slice(-maxDevices);
}

/** The device list that a pubsub notification carries, if it carries one. */
export function deviceListNotice(message: Element): number[] | undefined {
  const items = message.getChild('event', pubsubEventNamespace)?.getChild('items');
  if (items?.attrs['node'] !== deviceListNode) return undefined;
  const list = items.getChild('item')?.getChild('list', omemoNamespace);
  return list === undefined ? undefined : readDeviceList(list);
}
