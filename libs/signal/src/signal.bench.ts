// Speed on one core, each operation from session text to session text. `npm run bench` in this package.
import { decrypt, encrypt, generateIdentity, generatePreKeys, generateSignedPreKey, startSession } from './index.ts';
import type { Decrypted, Encrypted, LocalIdentity, PreKeyBundle, PreKeyLookup, SessionRecord, SignalMessage } from './index.ts';

const runMs = 1_500;
const plaintext = new Uint8Array(48).fill(7);

interface Party {
  readonly local: LocalIdentity;
  readonly bundle: PreKeyBundle;
  readonly lookup: PreKeyLookup;
}

async function party(): Promise<Party> {
  const local = await generateIdentity();
  const signed = await generateSignedPreKey(local, 1);
  const [preKey] = await generatePreKeys(1, 1);
  if (preKey === undefined) throw new Error('no prekey');
  const bundle = {
    deviceId: 1,
    identityKey: local.identityKeyPair.publicKey,
    signedPreKey: { id: 1, publicKey: signed.keyPair.publicKey, signature: signed.signature },
    preKey: { id: 1, publicKey: preKey.keyPair.publicKey },
  };
  const lookup = {
    preKey: () => Promise.resolve(preKey.keyPair),
    signedPreKey: () => Promise.resolve(signed.keyPair),
  };
  return { local, bundle, lookup };
}

// Time on the processor, all threads of the process counted, so that a busy machine does not change the figures.
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Operations per second of one core. */
async function perSecond(operation: (index: number) => Promise<void>): Promise<number> {
  for (let index = 0; index < 50; index++) await operation(index);
  const startMs = cpuMs();
  let count = 0;
  while (cpuMs() - startMs < runMs) await operation(50 + count++);
  return (count * 1000) / (cpuMs() - startMs);
}

function row(name: string, rate: number, target = 0): boolean {
  const reached = rate >= target;
  const aim = target === 0 ? '' : `   target ${target}   ${reached ? 'ok' : 'BELOW TARGET'}`;
  process.stdout.write(`${name.padEnd(40)}${Math.round(rate).toString().padStart(8)}/s${aim}\n`);
  return reached;
}

const alice = await party();
const bob = await party();
// One device can be reached once in a process; a campaign meets as many identities as it has customers.
const customers = await Promise.all(Array.from({ length: 2_000 }, party));

async function establish(): Promise<{ a: SessionRecord; b: SessionRecord }> {
  const first = await encrypt(alice.local, await startSession(alice.local, bob.bundle), plaintext);
  const received = await decrypt(bob.local, undefined, first.message, bob.lookup);
  const answer = await encrypt(bob.local, received.session, plaintext);
  const back = await decrypt(alice.local, first.session, answer.message, alice.lookup);
  return { a: back.session, b: answer.session };
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index % items.length];
  if (item === undefined) throw new Error('no items');
  return item;
}

const starts = await perSecond(async (index) => {
  await startSession(alice.local, at(customers, index).bundle);
});

const reaches = await perSecond(async (index) => {
  await encrypt(alice.local, await startSession(alice.local, at(customers, index).bundle), plaintext);
});

const firsts: SignalMessage[] = [];
for (const customer of customers)
  firsts.push((await encrypt(customer.local, await startSession(customer.local, bob.bundle), plaintext)).message);
const responds = await perSecond(async (index) => {
  await decrypt(bob.local, undefined, at(firsts, index), bob.lookup);
});

let sender = (await establish()).a;
const encrypts = await perSecond(async () => {
  ({ session: sender } = await encrypt(alice.local, sender, plaintext));
});

const pair = await establish();
const queued: SignalMessage[] = [];
for (let index = 0; index < 30_000; index++) {
  const sent: Encrypted = await encrypt(alice.local, pair.a, plaintext);
  queued.push(sent.message);
  pair.a = sent.session;
}
const decrypts = await perSecond(async (index) => {
  const got: Decrypted = await decrypt(bob.local, pair.b, at(queued, index), bob.lookup);
  pair.b = got.session;
});

const talk = await establish();
const rounds = await perSecond(async () => {
  const there = await encrypt(alice.local, talk.a, plaintext);
  const heard = await decrypt(bob.local, talk.b, there.message, bob.lookup);
  const answer = await encrypt(bob.local, heard.session, plaintext);
  talk.b = answer.session;
  talk.a = (await decrypt(alice.local, there.session, answer.message, alice.lookup)).session;
});

const reached = [
  row('new session, initiator', starts, 800),
  row('new session and its first message', reaches),
  row('new session, responder', responds),
  row('encrypt, established', encrypts, 5_000),
  row('decrypt, same chain', decrypts),
  row('two-way round, ratchet step each way', rounds),
];
process.stdout.write(`session: ${talk.a.length} bytes after the rounds above\n`);
process.exitCode = reached.every(Boolean) ? 0 : 1;
