import { PreKeyWhisperMessage, WhisperMessage } from '@privacyresearch/libsignal-protocol-protobuf-ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UntrustedOrCorruptMessage, readRatchetPosition, startSession } from './index.ts';
import { establishedPair, newPair } from './testing/party.ts';

test('the position of a prekey message is read from its envelope and from the message inside', async () => {
  const { alice, bob } = await newPair();
  await alice.send('zero');
  const message = await alice.send('one');
  const position = readRatchetPosition(message);
  const envelope = PreKeyWhisperMessage.decode(message.bytes.subarray(1));
  const inside = WhisperMessage.decode(envelope.message.subarray(1, -8));
  expect(position).toMatchObject({ counter: 1, previousCounter: 0, preKeyId: 31, signedPreKeyId: 7 });
  expect(Buffer.from(position.ratchetKey)).toEqual(Buffer.from(inside.ephemeralKey));
  expect(Buffer.from(position.baseKey ?? [])).toEqual(Buffer.from(envelope.baseKey));
  expect(Buffer.from(position.identityKey ?? [])).toEqual(Buffer.from(alice.party.bundle.identityKey));
  expect(envelope.registrationId).toBe(alice.party.local.registrationId);
  await bob.receive(message);
});

test('the position of a whisper message names its chain and how long the one before was', async () => {
  const { alice, bob } = await establishedPair();
  const positions = [readRatchetPosition(await alice.send('one')), readRatchetPosition(await alice.send('two'))];
  expect(positions).toMatchObject([{ counter: 0 }, { counter: 1 }]);
  expect(positions[0]?.ratchetKey).toEqual(positions[1]?.ratchetKey);
  await bob.receive(await alice.send('three'));
  await alice.receive(await bob.send('turn'));
  expect(readRatchetPosition(await alice.send('four'))).toMatchObject({ counter: 0, previousCounter: 2 });
});

test('a session without a one-time prekey names none', async () => {
  const { alice, bob } = await newPair();
  const { preKey: _used, ...bundle } = bob.party.bundle;
  alice.session = await startSession(alice.party.local, bundle);
  expect(readRatchetPosition(await alice.send('one'))).not.toHaveProperty('preKeyId');
});

test('whatever is not a message is reported as that and as nothing else', async () => {
  const { alice } = await newPair();
  const { bytes } = await alice.send('one');
  const cut = fc.nat(bytes.length - 1).map((length) => bytes.subarray(0, length));
  const noise = fc.uint8Array({ maxLength: 120 }).map((tail) => Uint8Array.of(0x33, ...tail));
  fc.assert(
    fc.property(fc.oneof(cut, noise), fc.constantFrom('prekey' as const, 'whisper' as const), (garbage, kind) => {
      expect(() => readRatchetPosition({ kind, bytes: garbage })).toThrow(UntrustedOrCorruptMessage);
    }),
    { numRuns: 500 },
  );
});
