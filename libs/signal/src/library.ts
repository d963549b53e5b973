// The only file that loads libsignal-protocol-typescript: it fences what the library does on being loaded.
import { createRequire } from 'node:module';
import { timingSafeEqual } from 'node:crypto';
import type * as Internals from 'libsignal-protocol-typescript/lib/internal/crypto.js';
import type * as SessionBuilderModule from 'libsignal-protocol-typescript/lib/session-builder.js';
import type * as SessionCipherModule from 'libsignal-protocol-typescript/lib/session-cipher.js';
import type * as SessionTypes from 'libsignal-protocol-typescript/lib/session-types.js';
import type { StorageType } from 'libsignal-protocol-typescript/lib/types.js';
import { nodeCurve } from './curve.ts';
import { nodeWebCrypto } from './webcrypto.ts';

/** One session as the library has it. It changes in place: only copies of our own are ever handed to the library. */
export type SessionState = SessionTypes.SessionType;

/** The public keys that `processPreKeyJob` makes a session with. */
export type Device = Parameters<SessionBuilderModule.SessionBuilder['processPreKeyJob']>[0];

/** The jobs that the library's public methods queue in its SessionLock, which keeps a promise for each of them for ever. */
interface CipherJobs {
  encryptJob(plaintext: ArrayBuffer): Promise<{ readonly type: number; readonly body: string }>;
  doDecryptWhisperMessage(message: Uint8Array, session: SessionState): Promise<ArrayBuffer>;
  getRecord(): Promise<object>;
}

const requireHere = createRequire(import.meta.url);
const requireInLibrary = createRequire(requireHere.resolve('libsignal-protocol-typescript'));

class AbsentCurve {}

// The stock curve is emscripten output, which as built by default aborts the process on any unhandled rejection from the
// moment it is loaded (one release has that commented out). So it never is loaded: the library finds an empty module in
// its place, and gets its curve by `setCurve()` below.
function withoutStockCurve<T>(load: () => T): T {
  const curvePath = requireInLibrary.resolve('curve25519-ts');
  const before = requireHere.cache[curvePath];
  const exports = { AsyncCurve25519Wrapper: AbsentCurve, Curve25519Wrapper: AbsentCurve };
  requireHere.cache[curvePath] = { exports, loaded: true } as unknown as NodeJS.Module;
  try {
    return load();
  } finally {
    if (before === undefined) Reflect.deleteProperty(requireHere.cache, curvePath);
    else requireHere.cache[curvePath] = before;
  }
}

interface Library {
  readonly internals: typeof Internals;
  readonly builders: typeof SessionBuilderModule;
  readonly ciphers: typeof SessionCipherModule;
  readonly sessionTypes: typeof SessionTypes;
}

const { internals, builders, ciphers, sessionTypes } = withoutStockCurve(
  (): Library => ({
    internals: requireHere('libsignal-protocol-typescript/lib/internal/crypto.js') as typeof Internals,
    builders: requireHere('libsignal-protocol-typescript/lib/session-builder.js') as typeof SessionBuilderModule,
    ciphers: requireHere('libsignal-protocol-typescript/lib/session-cipher.js') as typeof SessionCipherModule,
    sessionTypes: requireHere('libsignal-protocol-typescript/lib/session-types.js') as typeof SessionTypes,
  }),
);

export const { BaseKeyType, ChainType } = sessionTypes;

internals.setWebCrypto(nodeWebCrypto);
internals.setCurve(nodeCurve as unknown as Parameters<typeof internals.setCurve>[0]);

// The published library computes the MAC and then does not look at it: the comparison is commented out.
async function verifyMac(data: ArrayBuffer, key: ArrayBuffer, mac: ArrayBuffer, length: number): Promise<void> {
  const expected = new Uint8Array(await internals.calculateMAC(key, data), 0, length);
  const given = new Uint8Array(mac);
  if (given.length !== length || !timingSafeEqual(expected, given)) throw new Error('Bad MAC');
}

Object.assign(internals, { verifyMAC: verifyMac });
const seenByCipher = requireHere('libsignal-protocol-typescript/lib/internal/index.js') as typeof Internals;
if (seenByCipher.verifyMAC !== verifyMac) throw new Error('the Signal library does not verify MACs');

/** The primitives with the seams set: key pairs, signatures. */
export const libraryCrypto = internals.crypto;

const address = { name: 'peer', deviceId: 1, toString: () => 'peer.1', getName: () => 'peer', equals: () => true };

/** Identity, and nothing kept: sessions go in and out by value. */
export interface IdentityStore {
  readonly registrationId: number;
  readonly publicKey: ArrayBuffer;
  readonly privateKey: ArrayBuffer;
}

function storageOf(identity: IdentityStore): StorageType {
  const nothing = (): Promise<undefined> => Promise.resolve(undefined);
  return {
    getIdentityKeyPair: () => Promise.resolve({ pubKey: identity.publicKey, privKey: identity.privateKey }),
    getLocalRegistrationId: () => Promise.resolve(identity.registrationId),
    isTrustedIdentity: () => Promise.resolve(true),
    saveIdentity: () => Promise.resolve(false),
    loadSession: nothing,
    loadPreKey: nothing,
    loadSignedPreKey: nothing,
    storePreKey: nothing,
    storeSession: nothing,
    storeSignedPreKey: nothing,
    removePreKey: nothing,
    removeSignedPreKey: nothing,
  };
}

export function sessionBuilder(identity: IdentityStore): SessionBuilderModule.SessionBuilder {
  return new builders.SessionBuilder(storageOf(identity), address);
}

function sessionCipher(identity: IdentityStore, session?: SessionState): CipherJobs {
  const cipher = new ciphers.SessionCipher(
    storageOf(identity),
    address as unknown as SessionCipherModule.SessionCipher['remoteAddress'],
  ) as unknown as CipherJobs;
  const record = { getOpenSession: () => session, updateSessionState: () => undefined, serialize: () => '' };
  cipher.getRecord = () => Promise.resolve(record);
  return cipher;
}

/** Steps the sending chain of `session` (in place). Returns the whisper message, whatever `pendingPreKey` says. */
export async function encryptWhisper(
  identity: IdentityStore,
  session: SessionState,
  plaintext: ArrayBuffer,
): Promise<Uint8Array> {
  const bare: SessionState = { ...session };
  delete bare.pendingPreKey;
  const { body } = await sessionCipher(identity, bare).encryptJob(plaintext);
  return Buffer.from(body, 'latin1');
}

/** Steps the receiving chain of `session` (in place, even if it fails). */
export async function decryptWhisper(
  identity: IdentityStore,
  session: SessionState,
  message: Uint8Array,
): Promise<Uint8Array> {
  return new Uint8Array(await sessionCipher(identity).doDecryptWhisperMessage(message, session));
}
