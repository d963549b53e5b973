import { slotOf } from '@multiconnect/contract';
import type { CustomerState } from '@multiconnect/devices';
import { type InboxRow, type PreKeys, stanzaHashOf, type StoredPreKey } from '@multiconnect/message-store';
import { decryptEnvelope, encryptFor, type LocalDevice, readEnvelope, type RemoteDevice, sealPayload } from '@multiconnect/omemo';
import { generateIdentity, generatePreKeys, generateSignedPreKey, type SessionRecord, startSession } from '@multiconnect/signal';
import { parseXml } from '@multiconnect/xmpp';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ReadingContext, readCustomer } from './reading.ts';
import { policy } from './testing/bench.ts';

const customer = '16315551001';
const slot = slotOf(customer);
const business: { local: LocalDevice; preKeys: PreKeys; first: RemoteDevice } = {} as never;
let phone: LocalDevice;

function preKeysOf(stored: readonly StoredPreKey[]): PreKeys {
  return {
    find: (_account, kind, ids) => Promise.resolve(stored.filter((key) => key.kind === kind && ids.includes(key.id))),
    current: () => Promise.reject(new Error('not asked here')),
    replenish: () => Promise.reject(new Error('not asked here')),
  };
}

beforeAll(async () => {
  const identity = await generateIdentity();
  const signed = await generateSignedPreKey(identity, 1);
  const [oneTime] = await generatePreKeys(2, 1);
  if (oneTime === undefined) throw new Error('no prekey');
  business.local = { deviceId: 7, identity };
  business.preKeys = preKeysOf([
    { kind: 'signed', id: 1, ...signed.keyPair, signature: signed.signature },
    { kind: 'one-time', id: 2, ...oneTime.keyPair },
  ]);
  phone = { deviceId: 9, identity: await generateIdentity() };
  const session = await startSession(phone.identity, {
    deviceId: 7,
    identityKey: identity.identityKeyPair.publicKey,
    signedPreKey: { id: 1, publicKey: signed.keyPair.publicKey, signature: signed.signature },
    preKey: { id: 2, publicKey: oneTime.keyPair.publicKey },
  });
  business.first = { deviceId: 7, session };
});

function rowOf(envelope: string, id: string): Omit<InboxRow, 'seq'> {
  const stanza = `<message from='+${customer}@chat.test/phone' to='+16315550000@chat.test' id='${id}' type='chat'>${envelope}<request xmlns='urn:xmpp:receipts'/></message>`;
  return { customer, slot, stanzaId: id, stanzaHash: stanzaHashOf(stanza), stanza, receivedAtMs: 0 };
}

/** What the phone writes, as it comes in; the phone numbers its texts. */
async function written(count: number): Promise<Omit<InboxRow, 'seq'>[]> {
  let to = business.first;
  const rows: Omit<InboxRow, 'seq'>[] = [];
  for (let index = 0; index < count; index++) {
    const { envelope, devices } = await encryptFor(phone, [to], sealPayload(`text ${index}`));
    to = devices[0] ?? to;
    rows.push(rowOf(envelope, `m${index}`));
  }
  return rows;
}

const unknown: CustomerState = { customer, slot, listed: [], isListStored: true, sessions: new Map() };
const contextOf = (isOverdue: boolean): ReadingContext => ({
  account: 1,
  local: business.local,
  preKeys: business.preKeys,
  nowMs: 0,
  policy,
  isOverdue: () => isOverdue,
  isSettled: () => true,
});

/** Reads the inbox in rounds: each round more has arrived, what was held waits on. */
async function readInRounds(rounds: readonly (readonly Omit<InboxRow, 'seq'>[])[], isOverdue: boolean) {
  let state = unknown;
  let inbox: InboxRow[] = [];
  let seq = 0;
  const texts: string[] = [];
  const receipts: string[] = [];
  for (const arrived of rounds) {
    inbox.push(...arrived.map((row) => ({ ...row, seq: ++seq })));
    const reading = await readCustomer(contextOf(isOverdue), state, inbox);
    const taken = new Set(reading.taken.map((row) => row.seq));
    expect([...taken, ...reading.held.map((row) => row.seq)].sort()).toEqual(inbox.map((row) => row.seq).sort());
    state = reading.state;
    inbox = inbox.filter((row) => !taken.has(row.seq));
    texts.push(...reading.messages.map(({ event }) => ('text' in event.content ? event.content.text.body : event.content.type)));
    receipts.push(...reading.receipts.map((receipt) => receipt.stanzaId));
  }
  return { texts, receipts, held: inbox.length };
}

/** The business and the phone, each with the session that it has started before it heard of the other's. */
async function talkers() {
  const signed = await generateSignedPreKey(phone.identity, 3);
  const own = { preKey: () => Promise.resolve(undefined), signedPreKey: () => Promise.resolve(signed.keyPair) };
  const started = await startSession(business.local.identity, {
    deviceId: 9,
    identityKey: phone.identity.identityKeyPair.publicKey,
    signedPreKey: { id: 3, publicKey: signed.keyPair.publicKey, signature: signed.signature },
  });
  let onPhone: SessionRecord = business.first.session;
  let state: CustomerState = { ...unknown, sessions: new Map([[9, started]]) };
  let count = 0;
  return {
    async phoneWrites() {
      const { envelope, devices } = await encryptFor(phone, [{ deviceId: 7, session: onPhone }], sealPayload(`text ${count}`));
      onPhone = devices[0]?.session ?? onPhone;
      return { ...rowOf(envelope, `m${count}`), seq: ++count };
    },
    async phoneReads(stanza: string) {
      const envelope = readEnvelope(parseXml(stanza));
      if (envelope === undefined) throw new Error('nothing is encrypted');
      onPhone = (await decryptEnvelope(phone, onPhone, envelope, own)).session;
    },
    async businessWrites() {
      const session = state.sessions.get(9) ?? started;
      const { envelope, devices } = await encryptFor(business.local, [{ deviceId: 9, session }], sealPayload('hello'));
      state = { ...state, sessions: new Map([[9, devices[0]?.session ?? session]]) };
      return `<message>${envelope}</message>`;
    },
    async businessReads(row: InboxRow) {
      const reading = await readCustomer(contextOf(false), state, [row]);
      state = reading.state;
      return reading.messages.map(({ event }) => ('text' in event.content ? event.content.text.body : event.content.type));
    },
  };
}

const textsUpTo = (count: number) => Array.from({ length: count }, (_, index) => `text ${index}`);

describe('reading what one phone wrote', () => {
  it('gives each message once and in the order of writing, in whatever order, rounds and copies it arrives', async () => {
    const rows = await written(8);
    const arrival = fc
      .tuple(fc.shuffledSubarray([...rows.keys()], { minLength: 8, maxLength: 8 }), fc.array(fc.nat(7), { maxLength: 4 }), fc.array(fc.nat(12), { maxLength: 4 }))
      .map(([order, copies, cuts]) => {
        const indexes = [...order, ...copies];
        const borders = [...new Set(cuts)].sort((a, b) => a - b);
        return [0, ...borders].map((start, round) => indexes.slice(start, borders[round] ?? indexes.length));
      });
    await fc.assert(
      fc.asyncProperty(arrival, async (rounds) => {
        const read = await readInRounds(rounds.map((round) => round.flatMap((index) => rows[index] ?? [])), false);
        expect(read.texts).toEqual(textsUpTo(8));
        expect(read.held).toBe(0);
        expect(new Set(read.receipts).size).toBe(8);
      }),
      { numRuns: 60 },
    );
  });

  it('waits for nothing, and so lets nothing overtake, when both sides have started a session at once and write in either', async () => {
    const both = await talkers();
    const inOwn = await both.businessWrites();
    expect(await both.businessReads(await both.phoneWrites())).toEqual(['text 0']);
    const inPhones = await both.businessWrites();
    await both.phoneReads(inOwn);
    const [first, second] = [await both.phoneWrites(), await both.phoneWrites()];
    await both.phoneReads(inPhones);
    const third = await both.phoneWrites();
    expect([await both.businessReads(first), await both.businessReads(second)]).toEqual([['text 1'], ['text 2']]);
    const inOwnAgain = await both.businessWrites();
    expect(await both.businessReads(third)).toEqual(['text 3']);
    await both.phoneReads(inOwnAgain);
    expect(await both.businessReads(await both.phoneWrites())).toEqual(['text 4']);
  });

  it('holds what comes after a gap, and no longer once it is overdue', async () => {
    const rows = await written(4);
    const withGap = rows.filter((_, index) => index !== 1);
    expect(await readInRounds([withGap], false)).toMatchObject({ texts: ['text 0'], held: 2 });
    expect(await readInRounds([withGap], true)).toMatchObject({ texts: ['text 0', 'text 2', 'text 3'], held: 0 });
  });

  it('gives a late message that was not waited for any longer too, once', async () => {
    const rows = await written(3);
    const [first, second, third] = rows;
    if (first === undefined || second === undefined || third === undefined) throw new Error('three were written');
    expect((await readInRounds([[first, third], [second], [second]], true)).texts).toEqual(['text 0', 'text 2', 'text 1']);
  });

  it('turns what cannot be decrypted into an unknown message and asks for a fresh session, and goes on', async () => {
    const [row, next] = await written(2);
    if (row === undefined || next === undefined) throw new Error('two were written');
    const broken = { ...row, stanza: row.stanza.replace(/<key rid='7' prekey='true'>...../, "<key rid='7' prekey='true'>AAAAA") };
    const reading = await readCustomer(contextOf(true), unknown, [
      { ...broken, seq: 1 },
      { ...next, seq: 2 },
    ]);
    expect(reading.messages.map(({ event }) => event.content.type).sort()).toEqual(['text', 'unknown']);
    expect(reading.messages.find(({ event }) => event.content.type === 'unknown')?.event.errors).toMatchObject([{ code: 501 }]);
    expect(reading.broken).toEqual([9]);
  });

  it('takes receipts, markers and bounces as steps of our messages, but says nothing of a block', async () => {
    const stanzas = [
      "<received xmlns='urn:xmpp:receipts' id='gBGG1'/>",
      "<displayed xmlns='urn:xmpp:chat-markers:0' id='gBGG2'/>",
    ].map((child) => `<message from='+${customer}@chat.test/phone' to='+16315550000@chat.test' id='r'>${child}</message>`);
    const bounce = `<message type='error' from='+${customer}@chat.test' to='+16315550000@chat.test' id='gBGG3'><error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`;
    const blocked = bounce.replace('gBGG3', 'gBGG4').replace('resource-constraint', 'service-unavailable');
    const rows = [...stanzas, bounce, blocked].map((stanza, seq) => ({ customer, slot, seq, stanzaId: 'r', stanzaHash: stanzaHashOf(stanza), stanza, receivedAtMs: 1_000 }));
    const reading = await readCustomer(contextOf(false), unknown, rows);
    expect(reading.changes).toEqual([
      { id: 'gBGG1', state: 'delivered', atMs: 1_000, customer },
      { id: 'gBGG2', state: 'read', atMs: 1_000, customer },
    ]);
    expect(reading.taken).toHaveLength(rows.length);
    expect(reading.failures).toMatchObject([{ id: 'gBGG3', customer, error: { code: 1026, details: 'resource-constraint' } }]);
  });
});
