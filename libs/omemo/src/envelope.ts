import type { SignalMessage } from '@multiconnect/signal';
import type { Element } from '@multiconnect/xmpp';
import { MalformedOmemo } from './errors.ts';
import { isDeviceId } from './ids.ts';
import { encryptionNamespace, omemoNamespace } from './namespaces.ts';
import type { SealedPayload } from './payload.ts';

/** The payload's key for one device. */
export interface DeviceKey {
  readonly deviceId: number;
  readonly message: SignalMessage;
}

/** An `<encrypted>` element, read. */
export interface Envelope {
  readonly senderDeviceId: number;
  readonly iv: Uint8Array;
  readonly keys: readonly DeviceKey[];
  readonly ciphertext?: Uint8Array;
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/** `<encrypted>` and the hint which encryption it is, as stanza text. Base64 and numbers only: nothing needs escaping. */
export function writeEnvelope(senderDeviceId: number, payload: SealedPayload, keys: readonly DeviceKey[]): string {
  const keyElements = keys
    .map(({ deviceId, message }) => {
      const prekey = message.kind === 'prekey' ? " prekey='true'" : '';
      return `<key rid='${deviceId}'${prekey}>${base64(message.bytes)}</key>`;
    })
    .join('');
  const ciphertext = payload.ciphertext === undefined ? '' : `<payload>${base64(payload.ciphertext)}</payload>`;
  return (
    `<encrypted xmlns='${omemoNamespace}'><header sid='${senderDeviceId}'>${keyElements}` +
    `<iv>${base64(payload.iv)}</iv></header>${ciphertext}</encrypted>` +
    `<encryption xmlns='${encryptionNamespace}' namespace='${omemoNamespace}' name='OMEMO'/>`
  );
}

function deviceIdOf(value: unknown): number {
  const id = Number(value);
  if (!isDeviceId(id)) throw new MalformedOmemo('device id out of range');
  return id;
}

function bytesOf(element: Element | undefined): Buffer {
  const bytes = Buffer.from(element?.getText() ?? '', 'base64');
  if (bytes.length === 0) throw new MalformedOmemo(`empty ${element?.name ?? 'element'}`);
  return bytes;
}

/** Reads the `<encrypted>` child of a message; undefined when there is none. Throws {@link MalformedOmemo}. */
export function readEnvelope(message: Element): Envelope | undefined {
  const encrypted = message.getChild('encrypted', omemoNamespace);
  if (encrypted === undefined) return undefined;
  const header = encrypted.getChild('header');
  if (header === undefined) throw new MalformedOmemo('no header');
  const payload = encrypted.getChild('payload');
  return {
    senderDeviceId: deviceIdOf(header.attrs['sid']),
    iv: bytesOf(header.getChild('iv')),
    keys: header.getChildren('key').map((key) => ({
      deviceId: deviceIdOf(key.attrs['rid']),
      message: {
        kind: key.attrs['prekey'] === 'true' || key.attrs['prekey'] === '1' ? ('prekey' as const) : ('whisper' as const),
        bytes: bytesOf(key),
      },
    })),
    ...(payload === undefined ? {} : { ciphertext: Buffer.from(payload.getText(), 'base64') }),
  };
}

/** The key that an envelope holds for a device. */
export function keyFor(envelope: Envelope, deviceId: number): DeviceKey | undefined {
  return envelope.keys.find((key) => key.deviceId === deviceId);
}
