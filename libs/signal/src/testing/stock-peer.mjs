// Run as a process of its own: lets the stock library, with its stock curve, talk with the engine. Prints JSON.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const stock = require('libsignal-protocol-typescript');
const { AsyncCurve25519Wrapper } = require('curve25519-ts');
for (const path of Object.keys(require.cache))
  if (path.includes('libsignal-protocol-typescript/lib/')) delete require.cache[path];
const engine = await import('../index.ts');
const { xeddsaSign, xeddsaVerify } = await import('../xeddsa.ts');

const own = (bytes) => Uint8Array.from(bytes).buffer;
const text = (buffer) => Buffer.from(buffer).toString();
const binary = (bytes) => Buffer.from(bytes).toString('latin1');
const address = new stock.SignalProtocolAddress('engine', 1);

function stockStore(identity, registrationId, preKeys, signed) {
  const sessions = new Map();
  return {
    getIdentityKeyPair: async () => identity,
    getLocalRegistrationId: async () => registrationId,
    isTrustedIdentity: async () => true,
    saveIdentity: async () => true,
    loadPreKey: async (id) => preKeys.get(id),
    loadSignedPreKey: async (id) => signed.get(id),
    removePreKey: async () => undefined,
    loadSession: async (name) => sessions.get(name),
    storeSession: async (name, record) => void sessions.set(name, record),
  };
}

async function stockParty() {
  const identity = await stock.KeyHelper.generateIdentityKeyPair();
  const signed = await stock.KeyHelper.generateSignedPreKey(identity, 3);
  const preKey = await stock.KeyHelper.generatePreKey(4);
  const store = stockStore(identity, 77, new Map([[4, preKey.keyPair]]), new Map([[3, signed.keyPair]]));
  const bundle = {
    deviceId: 1,
    registrationId: 77,
    identityKey: new Uint8Array(identity.pubKey),
    signedPreKey: { id: 3, publicKey: new Uint8Array(signed.keyPair.pubKey), signature: new Uint8Array(signed.signature) },
    preKey: { id: 4, publicKey: new Uint8Array(preKey.keyPair.pubKey) },
  };
  return { store, bundle };
}

async function engineParty() {
  const local = await engine.generateIdentity();
  const signed = await engine.generateSignedPreKey(local, 5);
  const [preKey] = await engine.generatePreKeys(6, 1);
  const lookup = { preKey: async () => preKey.keyPair, signedPreKey: async () => signed.keyPair };
  const device = {
    registrationId: local.registrationId,
    identityKey: own(local.identityKeyPair.publicKey),
    signedPreKey: { keyId: 5, publicKey: own(signed.keyPair.publicKey), signature: own(signed.signature) },
  };
  return { local, lookup, device, preKey: { keyId: 6, publicKey: own(preKey.keyPair.publicKey) } };
}

async function startedByEngine(withPreKey) {
  const [us, peer] = [await engineParty(), await stockParty()];
  const { preKey, ...bundle } = peer.bundle;
  const cipher = new stock.SessionCipher(peer.store, address);
  let session = await engine.startSession(us.local, withPreKey ? { ...bundle, preKey } : bundle);
  const first = await engine.encrypt(us.local, session, Buffer.from('one'));
  const read = [text(await cipher.decryptPreKeyWhisperMessage(binary(first.message.bytes), 'binary'))];
  session = first.session;
  for (const round of [2, 4]) {
    const answer = await cipher.encrypt(own(Buffer.from(String(round))));
    const back = await engine.decrypt(us.local, session, { kind: 'whisper', bytes: Buffer.from(answer.body, 'latin1') }, us.lookup);
    const next = await engine.encrypt(us.local, back.session, Buffer.from(String(round + 1)));
    read.push(text(back.plaintext), text(await cipher.decryptWhisperMessage(binary(next.message.bytes), 'binary')));
    session = next.session;
  }
  return read;
}

async function startedByStock(withPreKey) {
  const [us, peer] = [await engineParty(), await stockParty()];
  await new stock.SessionBuilder(peer.store, address).processPreKey(withPreKey ? { ...us.device, preKey: us.preKey } : us.device);
  const cipher = new stock.SessionCipher(peer.store, address);
  const first = await cipher.encrypt(own(Buffer.from('one')));
  const got = await engine.decrypt(us.local, undefined, { kind: 'prekey', bytes: Buffer.from(first.body, 'latin1') }, us.lookup);
  const answer = await engine.encrypt(us.local, got.session, Buffer.from('two'));
  return [text(got.plaintext), got.usedPreKeyId ?? 'none', text(await cipher.decryptWhisperMessage(binary(answer.message.bytes), 'binary'))];
}

async function signatures() {
  const curve = new AsyncCurve25519Wrapper();
  const good = [];
  for (let index = 0; index < 20; index++) {
    const secret = crypto.getRandomValues(new Uint8Array(32));
    const message = crypto.getRandomValues(new Uint8Array(33));
    const { pubKey, privKey } = await curve.keyPair(own(secret));
    const theirs = new Uint8Array(await curve.sign(privKey, own(message)));
    const ours = xeddsaSign(new Uint8Array(privKey), message);
    good.push(xeddsaVerify(new Uint8Array(pubKey), message, theirs) && !(await curve.verify(pubKey, own(message), own(ours))));
  }
  return good.every(Boolean);
}

const result = {
  signatures: await signatures(),
  startedByEngine: [await startedByEngine(true), await startedByEngine(false)],
  startedByStock: [await startedByStock(true), await startedByStock(false)],
};
process.stdout.write(JSON.stringify(result), () => process.exit(0));
