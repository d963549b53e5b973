import { toArrayBuffer } from './bytes.ts';
import {
  BadPreKeyBundle,
  BadPreKeySignature,
  DuplicateMessage,
  NoSession,
  UnknownPreKey,
  UntrustedOrCorruptMessage,
} from './errors.ts';
import { decryptWhisper, encryptWhisper, sessionBuilder } from './library.ts';
import type { Device, IdentityStore, SessionState } from './library.ts';
import { indexOfBaseKey, indexOfRatchetKey, readLines, readState, writeLines, writeState } from './session.ts';
import type { SessionLine } from './session.ts';
import type {
  Decrypted,
  Encrypted,
  KeyPair,
  LocalIdentity,
  PreKeyBundle,
  PreKeyLookup,
  SessionRecord,
  SignalMessage,
} from './types.ts';
import { isPublicKey, readPreKeyEnvelope, readRatchetPosition, writePreKeyEnvelope } from './wire.ts';
import type { PreKeyEnvelope } from './wire.ts';

const signatureBytes = 64;

function identityStore({ registrationId, identityKeyPair }: LocalIdentity): IdentityStore {
  return {
    registrationId,
    publicKey: toArrayBuffer(identityKeyPair.publicKey),
    privateKey: toArrayBuffer(identityKeyPair.privateKey),
  };
}

function deviceOf({ registrationId, identityKey, signedPreKey, preKey }: PreKeyBundle): Device {
  const keys = preKey === undefined ? [identityKey, signedPreKey.publicKey] : [identityKey, signedPreKey.publicKey, preKey.publicKey];
  if (!keys.every(isPublicKey)) throw new BadPreKeyBundle('a key of the bundle is no Curve25519 public key');
  if (signedPreKey.signature.length !== signatureBytes) throw new BadPreKeySignature('a signature has 64 bytes');
  return {
    identityKey: toArrayBuffer(identityKey),
    signedPreKey: {
      keyId: signedPreKey.id,
      publicKey: toArrayBuffer(signedPreKey.publicKey),
      signature: toArrayBuffer(signedPreKey.signature),
    },
    ...(registrationId === undefined ? {} : { registrationId }),
    ...(preKey === undefined ? {} : { preKey: { keyId: preKey.id, publicKey: toArrayBuffer(preKey.publicKey) } }),
  };
}

/**
 * Makes a session with a remote device by X3DH (signal.org/docs/specifications/x3dh), as its initiator. The messages are
 * prekey messages until the first answer has been decrypted. The sessions of `previous` are kept for decryption.
 * @throws BadPreKeySignature if the signed prekey is not the identity's
 * @throws BadPreKeyBundle if a key is malformed or of low order
 */
export async function startSession(
  local: LocalIdentity,
  bundle: PreKeyBundle,
  previous?: SessionRecord,
): Promise<SessionRecord> {
  const device = deviceOf(bundle);
  const closed = previous === undefined ? [] : readLines(previous);
  const state = await sessionBuilder(identityStore(local))
    .processPreKeyJob(device)
    .catch((error: unknown) => {
      if (error instanceof Error && error.message === 'Invalid signature')
        throw new BadPreKeySignature('the signed prekey is not signed by the identity key');
      throw new BadPreKeyBundle('the bundle gives no shared secret', { cause: error });
    });
  return writeLines([writeState(state), ...closed]);
}

/** Encrypts for the device of `session`. The returned session must be saved before the message leaves. */
export async function encrypt(local: LocalIdentity, session: SessionRecord, plaintext: Uint8Array): Promise<Encrypted> {
  const [open, ...closed] = readLines(session);
  const state = readState(open ?? '');
  const whisper = await encryptWhisper(identityStore(local), state, toArrayBuffer(plaintext));
  return { session: writeLines([writeState(state), ...closed]), message: enveloped(local, state, whisper) };
}

function enveloped(local: LocalIdentity, { pendingPreKey }: SessionState, whisper: Uint8Array): SignalMessage {
  if (pendingPreKey === undefined) return { kind: 'whisper', bytes: whisper };
  const bytes = writePreKeyEnvelope({
    registrationId: local.registrationId,
    preKeyId: pendingPreKey.preKeyId,
    signedPreKeyId: pendingPreKey.signedKeyId,
    baseKey: new Uint8Array(pendingPreKey.baseKey),
    identityKey: local.identityKeyPair.publicKey,
    whisper,
  });
  return { kind: 'prekey', bytes };
}

interface Opened {
  readonly state: SessionState;
  readonly plaintext: Uint8Array;
}

// A state is read anew for every attempt: a failed one leaves it stepped by a key that nobody has vouched for.
async function open(local: LocalIdentity, state: SessionState, whisper: Uint8Array): Promise<Opened> {
  try {
    return { state, plaintext: await decryptWhisper(identityStore(local), state, whisper) };
  } catch (error) {
    if (error instanceof Error && error.name === 'MessageCounterError')
      throw new DuplicateMessage('the key of this message is used up');
    throw new UntrustedOrCorruptMessage('the message does not decrypt', { cause: error });
  }
}

function decrypted(lines: readonly SessionLine[], opened: Opened): Decrypted {
  const remoteIdentityKey = new Uint8Array(opened.state.indexInfo.remoteIdentityKey);
  return { session: writeLines(lines), plaintext: opened.plaintext, remoteIdentityKey };
}

/**
 * Decrypts a message and tells who it is from. The session passed in stays as it was, whatever happens; the returned one
 * must be saved together with what is done about the plaintext.
 * @throws DuplicateMessage, NoSession, UnknownPreKey, UntrustedOrCorruptMessage
 */
export async function decrypt(
  local: LocalIdentity,
  session: SessionRecord | undefined,
  message: SignalMessage,
  preKeys: PreKeyLookup,
): Promise<Decrypted> {
  const lines = session === undefined ? [] : readLines(session);
  const { ratchetKey } = readRatchetPosition(message);
  if (message.kind === 'whisper') return decryptWithin(local, lines, message.bytes, ratchetKey);
  const envelope = readPreKeyEnvelope(message.bytes);
  const known = indexOfBaseKey(lines, envelope.baseKey);
  if (known < 0) return decryptFirst(local, lines, envelope, preKeys);
  const opened = await open(local, readState(lines[known] ?? ''), envelope.whisper);
  // A closed session stays closed: a belated first message does not make it the one to answer in.
  return decrypted(lines.with(known, writeState(opened.state)), opened);
}

async function decryptWithin(
  local: LocalIdentity,
  lines: readonly SessionLine[],
  whisper: Uint8Array,
  ratchetKey: Uint8Array,
): Promise<Decrypted> {
  if (lines.length === 0) throw new NoSession('there is no session with the device');
  const named = indexOfRatchetKey(lines, ratchetKey);
  let failure: unknown;
  for (const [index, line] of lines.entries()) {
    if (named >= 0 && index !== named) continue;
    try {
      const opened = await open(local, readState(line), whisper);
      // The device writes in this session, so it is the one to answer in.
      return decrypted([writeState(opened.state), ...lines.toSpliced(index, 1)], opened);
    } catch (error) {
      if (!(error instanceof UntrustedOrCorruptMessage)) throw error;
      failure ??= error;
    }
  }
  throw failure;
}

async function decryptFirst(
  local: LocalIdentity,
  lines: readonly SessionLine[],
  envelope: PreKeyEnvelope,
  preKeys: PreKeyLookup,
): Promise<Decrypted> {
  const signedPreKey = await preKeys.signedPreKey(envelope.signedPreKeyId);
  if (signedPreKey === undefined) throw new UnknownPreKey('signed', envelope.signedPreKeyId);
  // Some clients write id 0 where they found no one-time prekey.
  const preKeyId = envelope.preKeyId === 0 ? undefined : envelope.preKeyId;
  const preKey = preKeyId === undefined ? undefined : await preKeys.preKey(preKeyId);
  if (preKeyId !== undefined && preKey === undefined) throw new UnknownPreKey('one-time', preKeyId);
  const state = await respond(local, envelope, signedPreKey, preKey);
  const opened = await open(local, state, envelope.whisper);
  const result = decrypted([writeState(opened.state), ...lines], opened);
  return preKeyId === undefined ? result : { ...result, usedPreKeyId: preKeyId };
}

function libraryKeyPair({ publicKey, privateKey }: KeyPair): { pubKey: ArrayBuffer; privKey: ArrayBuffer } {
  return { pubKey: toArrayBuffer(publicKey), privKey: toArrayBuffer(privateKey) };
}

async function respond(
  local: LocalIdentity,
  envelope: PreKeyEnvelope,
  signedPreKey: KeyPair,
  preKey: KeyPair | undefined,
): Promise<SessionState> {
  // The library keeps these keys in the session as they come, and takes them for ArrayBuffers there.
  const message = {
    registrationId: envelope.registrationId,
    baseKey: toArrayBuffer(envelope.baseKey),
    identityKey: toArrayBuffer(envelope.identityKey),
  };
  const builder = sessionBuilder(identityStore(local));
  try {
    return await builder.startSessionWthPreKeyMessage(
      preKey && libraryKeyPair(preKey),
      libraryKeyPair(signedPreKey),
      message as unknown as Parameters<typeof builder.startSessionWthPreKeyMessage>[2],
    );
  } catch (error) {
    throw new UntrustedOrCorruptMessage('the prekey message gives no shared secret', { cause: error });
  }
}
