import { generateIdentity, generatePreKeys, generateSignedPreKey, startSession } from '@multiconnect/signal';
import { parseXml } from '@multiconnect/xmpp';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bundleElement,
  decryptEnvelope,
  encryptFor,
  keyTransport,
  MalformedOmemo,
  NotForThisDevice,
  NoUsableDevice,
  openPayload,
  readBundle,
  readEnvelope,
  sealPayload,
} from './index.ts';

const inMessage = (content: string) => parseXml(`<message>${content}</message>`);

async function twoDevices() {
  const [alice, bob] = [await generateIdentity(), await generateIdentity()];
  const signed = await generateSignedPreKey(bob, 1);
  const preKeys = await generatePreKeys(10, 3);
  const bundle = readBundle(parseXml(bundleElement(bob, signed, preKeys).toString()), 22, () => 1);
  return {
    alice: { deviceId: 11, identity: alice },
    bob: { deviceId: 22, identity: bob },
    bundle,
    lookup: {
      preKey: (id: number) => Promise.resolve(preKeys.find((key) => key.id === id)?.keyPair),
      signedPreKey: (id: number) => Promise.resolve(id === 1 ? signed.keyPair : undefined),
    },
  };
}

describe('a payload', () => {
  it('opens to its text with its key, wherever the tag stands', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const { keyAndTag, iv, ciphertext = Buffer.alloc(0) } = sealPayload(text);
        expect(openPayload(keyAndTag, iv, ciphertext)).toBe(text);
        const tagBehind = Buffer.concat([ciphertext, keyAndTag.subarray(16)]);
        expect(openPayload(keyAndTag.subarray(0, 16), iv, tagBehind)).toBe(text);
      }),
    );
  });

  it('does not open when a bit of it was changed', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.nat(), (text, at) => {
        const { keyAndTag, iv, ciphertext = Buffer.alloc(0) } = sealPayload(text);
        const changed = Buffer.from(ciphertext);
        changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ 1;
        expect(() => openPayload(keyAndTag, iv, changed)).toThrow(MalformedOmemo);
      }),
    );
  });

  it('of any bytes opens or is malformed, and nothing else', () => {
    const bytes = fc.uint8Array({ maxLength: 64 });
    fc.assert(
      fc.property(bytes, bytes, bytes, (key, iv, ciphertext) => {
        try {
          openPayload(key, iv, ciphertext);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedOmemo);
        }
      }),
    );
  });
});

describe('an envelope', () => {
  it('carries a text from one device to another, with no body in the clear', async () => {
    const { alice, bob, bundle, lookup } = await twoDevices();
    const session = await startSession(alice.identity, bundle);
    const { envelope, devices } = await encryptFor(alice, [{ deviceId: 22, session }], sealPayload('Hello 👋'));
    expect(devices[0]?.session).not.toBe(session);
    expect(envelope).not.toContain('<body');
    const read = readEnvelope(inMessage(envelope));
    if (read === undefined) throw new Error('no envelope');
    expect(read.senderDeviceId).toBe(11);
    expect(await decryptEnvelope(bob, undefined, read, lookup)).toMatchObject({ text: 'Hello 👋', usedPreKeyId: 11 });
    await expect(decryptEnvelope({ ...bob, deviceId: 23 }, undefined, read, lookup)).rejects.toBeInstanceOf(NotForThisDevice);
  });

  it('without a payload moves the ratchet and has no text', async () => {
    const { alice, bob, bundle, lookup } = await twoDevices();
    const session = await startSession(alice.identity, bundle);
    const { envelope } = await encryptFor(alice, [{ deviceId: 22, session }], keyTransport());
    const read = readEnvelope(inMessage(envelope));
    if (read === undefined) throw new Error('no envelope');
    expect(await decryptEnvelope(bob, undefined, read, lookup)).not.toHaveProperty('text');
  });

  it('for nobody is refused', async () => {
    const { alice } = await twoDevices();
    await expect(encryptFor(alice, [], sealPayload('x'))).rejects.toBeInstanceOf(NoUsableDevice);
  });

  it.each([
    "<encrypted xmlns='eu.siacs.conversations.axolotl'/>",
    "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='0'><iv>AA==</iv></header></encrypted>",
    "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/></encrypted>",
    "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'><key rid='x'>AA==</key><iv>AA==</iv></header></encrypted>",
    "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'><key rid='1'></key><iv>AA==</iv></header></encrypted>",
  ])('that is broken is malformed: %s', (broken) => {
    expect(() => readEnvelope(inMessage(broken))).toThrow(MalformedOmemo);
  });
});

describe('a bundle', () => {
  it('whose signature is another one is refused when a session is started with it', async () => {
    const { alice, bundle } = await twoDevices();
    const signature = Uint8Array.from(bundle.signedPreKey.signature, (byte, index) => (index === 3 ? byte ^ 1 : byte));
    const forged = { ...bundle, signedPreKey: { ...bundle.signedPreKey, signature } };
    await expect(startSession(alice.identity, forged)).rejects.toMatchObject({ name: 'BadPreKeySignature' });
  });

  it('that lacks a part is malformed', () => {
    expect(() => readBundle(parseXml("<bundle xmlns='eu.siacs.conversations.axolotl'/>"), 1, () => 0)).toThrow(MalformedOmemo);
  });
});
