import { describe, expect, test } from 'vitest';
import {
  BadPreKeyBundle,
  BadPreKeySignature,
  DuplicateMessage,
  NoSession,
  UnknownPreKey,
  UntrustedOrCorruptMessage,
  decrypt,
  encrypt,
  remoteIdentityKey,
  startSession,
} from './index.ts';
import type { SessionRecord } from './index.ts';
import { Device, damaged, establishedPair, lookupOf, newPair, newParty } from './testing/party.ts';

describe('a session', () => {
  test('carries messages both ways, the first ones as prekey messages', async () => {
    const { alice, bob } = await newPair();
    const first = await alice.send('one');
    const second = await alice.send('two');
    expect([first.kind, second.kind]).toEqual(['prekey', 'prekey']);
    expect(await bob.read(first)).toBe('one');
    expect(await bob.read(second)).toBe('two');
    const answer = await bob.send('three');
    expect(answer.kind).toBe('whisper');
    expect(await alice.read(answer)).toBe('three');
    expect((await alice.send('four')).kind).toBe('whisper');
  });

  test('tells whose the messages are', async () => {
    const { alice, bob } = await newPair();
    const { remoteIdentityKey: sender, usedPreKeyId } = await bob.receive(await alice.send('one'));
    expect(sender).toEqual(alice.party.bundle.identityKey);
    expect(usedPreKeyId).toBe(31);
    expect(remoteIdentityKey(bob.session as SessionRecord)).toEqual(alice.party.bundle.identityKey);
    expect((await bob.receive(await alice.send('two'))).usedPreKeyId).toBeUndefined();
  });

  test('is made without a one-time prekey where the bundle has none', async () => {
    const { alice, bob } = await newPair();
    const { preKey: _used, ...bundle } = bob.party.bundle;
    alice.session = await startSession(alice.party.local, bundle);
    const result = await bob.receive(await alice.send('one'));
    expect(Buffer.from(result.plaintext).toString()).toBe('one');
    expect(result.usedPreKeyId).toBeUndefined();
  });

  test('is a value: encrypting and decrypting leave the one passed in as it was', async () => {
    const { alice, bob } = await establishedPair();
    const before = { alice: alice.session as SessionRecord, bob: bob.session as SessionRecord };
    const sent = await encrypt(alice.party.local, before.alice, Buffer.from('one'));
    const again = await encrypt(alice.party.local, before.alice, Buffer.from('one'));
    expect(again).toEqual(sent);
    const read = await decrypt(bob.party.local, before.bob, sent.message, bob.party.lookup);
    const reread = await decrypt(bob.party.local, before.bob, sent.message, bob.party.lookup);
    expect(reread.plaintext).toEqual(read.plaintext);
  });

  test('started anew by both at once settles, and loses nothing', async () => {
    const { alice, bob } = await newPair();
    const [fromAlice, fromBob] = [await alice.send('a'), await bob.send('b')];
    expect(await bob.read(fromAlice)).toBe('a');
    expect(await alice.read(fromBob)).toBe('b');
    for (const text of ['c', 'd', 'e']) {
      expect(await bob.read(await alice.send(text))).toBe(text);
      expect(await alice.read(await bob.send(text))).toBe(text);
    }
  });

  test('replaced by a fresh one still decrypts what was under way in it', async () => {
    const { alice, bob } = await establishedPair();
    const belated = await bob.send('under way');
    alice.session = await startSession(alice.party.local, bob.party.bundle, alice.session);
    expect(await bob.read(await alice.send('fresh'))).toBe('fresh');
    expect(await alice.read(belated)).toBe('under way');
    expect(await alice.read(await bob.send('answer'))).toBe('answer');
  });

  test('refuses a record that is none', async () => {
    const { alice } = await newPair();
    await expect(encrypt(alice.party.local, '{}' as SessionRecord, Buffer.from('x'))).rejects.toThrow(TypeError);
  });
});

describe('a bundle', () => {
  test('is accepted with a good signature and refused with a bad one', async () => {
    const [alice, bob, mallory] = [await newParty(), await newParty(), await newParty()];
    await expect(startSession(alice.local, bob.bundle)).resolves.toBeTypeOf('string');
    const foreign = { ...bob.bundle, signedPreKey: mallory.bundle.signedPreKey };
    await expect(startSession(alice.local, foreign)).rejects.toThrow(BadPreKeySignature);
    for (const index of [0, 31, 32, 62]) {
      const signature = Uint8Array.from(bob.bundle.signedPreKey.signature);
      signature[index] = (signature[index] ?? 0) ^ 1;
      const bad = { ...bob.bundle, signedPreKey: { ...bob.bundle.signedPreKey, signature } };
      await expect(startSession(alice.local, bad)).rejects.toThrow(BadPreKeySignature);
    }
    const short = { ...bob.bundle, signedPreKey: { ...bob.bundle.signedPreKey, signature: new Uint8Array(63) } };
    await expect(startSession(alice.local, short)).rejects.toThrow(BadPreKeySignature);
  });

  test('is refused with a malformed key or one of low order', async () => {
    const [alice, bob] = [await newParty(), await newParty()];
    const untyped = { ...bob.bundle, identityKey: bob.bundle.identityKey.subarray(1) };
    await expect(startSession(alice.local, untyped)).rejects.toThrow(BadPreKeyBundle);
    const lowOrder = { ...bob.bundle, preKey: { id: 31, publicKey: Uint8Array.of(5, ...new Uint8Array(32)) } };
    await expect(startSession(alice.local, lowOrder)).rejects.toThrow(BadPreKeyBundle);
  });
});

describe('a one-time prekey', () => {
  test('serves two customers who fetched the same bundle', async () => {
    const shop = await newParty();
    for (const name of ['ann', 'ben']) {
      const customer = await newParty();
      const atShop = new Device(shop, customer);
      const result = await atShop.receive(await new Device(customer, shop).send(name));
      expect(Buffer.from(result.plaintext).toString()).toBe(name);
      expect(result.usedPreKeyId).toBe(31);
    }
  });

  test('that is gone is reported as such, and so is a signed one', async () => {
    const { alice, bob } = await newPair();
    const message = await alice.send('one');
    const signed = await bob.party.lookup.signedPreKey(7);
    const noOneTime = lookupOf(new Map(), new Map(signed === undefined ? [] : [[7, signed]]));
    const noSigned = lookupOf(new Map(), new Map());
    const attempt = (lookup: typeof noSigned) => decrypt(bob.party.local, undefined, message, lookup);
    await expect(attempt(noOneTime)).rejects.toMatchObject({ name: 'UnknownPreKey', preKeyKind: 'one-time', preKeyId: 31 });
    await expect(attempt(noSigned)).rejects.toMatchObject({ name: 'UnknownPreKey', preKeyKind: 'signed', preKeyId: 7 });
    await expect(attempt(noSigned)).rejects.toThrow(UnknownPreKey);
  });

  test('is not asked for again within its session', async () => {
    const { alice, bob } = await newPair();
    await bob.receive(await alice.send('one'));
    const empty = lookupOf(new Map(), new Map());
    const second = await decrypt(bob.party.local, bob.session, await alice.send('two'), empty);
    expect(Buffer.from(second.plaintext).toString()).toBe('two');
  });

  test('whose lookup fails is the failure of the lookup, not of the message', async () => {
    const { alice, bob } = await newPair();
    const failing = { ...bob.party.lookup, preKey: () => Promise.reject(new Error('database is away')) };
    const message = await alice.send('one');
    await expect(decrypt(bob.party.local, undefined, message, failing)).rejects.toThrow('database is away');
  });
});

describe('a message', () => {
  test('that comes twice is a duplicate, of either kind, in an open session or a closed one', async () => {
    const { alice, bob } = await newPair();
    const first = await alice.send('one');
    await bob.receive(first);
    await expect(bob.receive(first)).rejects.toThrow(DuplicateMessage);
    await alice.receive(await bob.send('two'));
    const third = await alice.send('three');
    await bob.receive(third);
    await expect(bob.receive(third)).rejects.toThrow(DuplicateMessage);
    alice.session = await startSession(alice.party.local, bob.party.bundle, alice.session);
    await bob.receive(await alice.send('four'));
    await expect(bob.receive(first)).rejects.toThrow(DuplicateMessage);
    await expect(bob.receive(third)).rejects.toThrow(DuplicateMessage);
  });

  test('that was forged or damaged anywhere is refused, and the good one still decrypts', async () => {
    const { alice, bob } = await establishedPair();
    const message = await alice.send('one');
    // Its length says where the parts are: MAC of 8 bytes, ciphertext of 16, then the counters and the key.
    for (const fromEnd of [1, 8, 9, 24, 40])
      await expect(bob.receive(damaged(message, fromEnd))).rejects.toThrow(UntrustedOrCorruptMessage);
    expect(await bob.read(message)).toBe('one');
  });

  test('with a wrong MAC is refused even where it would decrypt', async () => {
    const { alice, bob } = await newPair();
    const first = await alice.send('one');
    await expect(bob.receive(damaged(first, 1))).rejects.toThrow(UntrustedOrCorruptMessage);
    expect(bob.session).toBeUndefined();
    expect(await bob.read(first)).toBe('one');
    await expect(bob.receive(damaged(await alice.send('two'), 1))).rejects.toThrow(UntrustedOrCorruptMessage);
  });

  test('of a device without a session is reported as such', async () => {
    const { alice, bob } = await establishedPair();
    const message = await alice.send('one');
    await expect(decrypt(bob.party.local, undefined, message, bob.party.lookup)).rejects.toThrow(NoSession);
  });

  test('of a session that we no longer have is refused', async () => {
    const { alice, bob } = await establishedPair();
    const { alice: other } = await establishedPair();
    await expect(bob.receive(await other.send('one'))).rejects.toThrow(UntrustedOrCorruptMessage);
    expect(await bob.read(await alice.send('two'))).toBe('two');
  });
});
