import { type CallbackEvent, errorBody, type InboundEvent, inboundIdOf } from '@multiconnect/contract';
import { type CustomerState, withSessions } from '@multiconnect/devices';
import type { Failure, InboxRow, PreKeys, Received, StateChange } from '@multiconnect/message-store';
import { decryptEnvelope, keyFor, type LocalDevice, MalformedOmemo, NotForThisDevice } from '@multiconnect/omemo';
import {
  DuplicateMessage,
  type KeyPair,
  NoSession,
  type PreKeyLookup,
  UnknownPreKey,
  UntrustedOrCorruptMessage,
} from '@multiconnect/signal';
import { parseXml } from '@multiconnect/xmpp';
import { type Keyed, nextInOrder } from './order.ts';
import { type Meaning, meaningOf } from './stanza.ts';

type MessageOf = Received['messages'][number];

/** What reading some of one customer's inbox rows gave. */
export interface Reading {
  readonly state: CustomerState;
  readonly taken: readonly InboxRow[];
  /** Rows that wait for earlier ones of their sender's ratchet. */
  readonly held: readonly InboxRow[];
  readonly messages: readonly MessageOf[];
  readonly movedDevices: readonly number[];
  readonly usedPreKeys: readonly number[];
  readonly changes: readonly StateChange[];
  readonly failures: readonly Failure[];
  readonly receipts: readonly { readonly to: string; readonly stanzaId: string }[];
  /** Devices that could not be understood: a fresh session is due. */
  readonly broken: readonly number[];
}

export interface ReadingContext {
  readonly account: number;
  readonly local: LocalDevice;
  readonly preKeys: PreKeys;
  readonly nowMs: number;
  /** How long a message waits for earlier ones of its sender. */
  readonly gapWaitMs: number;
}

interface Draft {
  state: CustomerState;
  readonly taken: InboxRow[];
  readonly held: InboxRow[];
  readonly messages: MessageOf[];
  readonly movedDevices: Set<number>;
  readonly usedPreKeys: number[];
  readonly changes: StateChange[];
  readonly failures: Failure[];
  readonly receipts: { to: string; stanzaId: string }[];
  readonly broken: Set<number>;
}

function preKeyLookup(context: ReadingContext): PreKeyLookup {
  const find = async (kind: 'signed' | 'one-time', id: number): Promise<KeyPair | undefined> => {
    const [key] = await context.preKeys.find(context.account, kind, [id]);
    return key === undefined ? undefined : { publicKey: key.publicKey, privateKey: key.privateKey };
  };
  return { preKey: (id) => find('one-time', id), signedPreKey: (id) => find('signed', id) };
}

function addMessage(draft: Draft, row: InboxRow, content: InboundEvent['content'], errorDetails?: string) {
  const event: InboundEvent & CallbackEvent = {
    kind: 'inbound_message',
    id: inboundIdOf(row.customer, row.stanzaId, row.stanzaHash),
    from: row.customer,
    timestamp: Math.floor((row.delayedAtMs ?? row.receivedAtMs) / 1000),
    content,
    ...(errorDetails === undefined ? {} : { errors: [errorBody('unsupportedInbound', errorDetails)] }),
  };
  draft.messages.push({ customer: row.customer, slot: row.slot, event, body: { ...content, stanza_id: row.stanzaId } });
}

function wantReceipt(draft: Draft, row: InboxRow, isWanted: boolean) {
  const from: unknown = parseXml(row.stanza).attrs['from'];
  if (isWanted && row.stanzaId !== '' && typeof from === 'string') draft.receipts.push({ to: from, stanzaId: row.stanzaId });
}

function readSimple(draft: Draft, row: InboxRow, meaning: Exclude<Meaning, { kind: 'encrypted' }>) {
  const atMs = row.delayedAtMs ?? row.receivedAtMs;
  draft.taken.push(row);
  switch (meaning.kind) {
    case 'receipt':
      draft.changes.push({ id: meaning.id, state: 'delivered', atMs });
      return;
    case 'displayed':
      draft.changes.push({ id: meaning.id, state: 'read', atMs });
      return;
    case 'bounce':
      draft.failures.push({ id: meaning.id, error: errorBody('receiverIncapable', meaning.condition), atMs });
      return;
    case 'devices':
      draft.state = { ...draft.state, listed: meaning.devices, listedAtMs: atMs, isListStored: false };
      return;
    case 'unreadable':
      addMessage(draft, row, { type: 'unknown' }, meaning.reason);
      wantReceipt(draft, row, meaning.isReceiptWanted);
      return;
    case 'nothing':
      return;
  }
}

/** A device that writes is a device to answer, also when its list has not been seen. */
function noteDevice(state: CustomerState, deviceId: number, nowMs: number): CustomerState {
  if (state.listed.includes(deviceId)) return state;
  return { ...state, listed: [...state.listed, deviceId], listedAtMs: state.listedAtMs ?? nowMs, isListStored: false };
}

function unreadableReason(error: unknown): string | undefined {
  if (error instanceof NotForThisDevice) return 'The message was not encrypted for this device';
  const isBroken =
    error instanceof NoSession ||
    error instanceof UnknownPreKey ||
    error instanceof UntrustedOrCorruptMessage ||
    error instanceof MalformedOmemo;
  return isBroken ? 'The message could not be decrypted' : undefined;
}

type Encrypted = Extract<Meaning, { kind: 'encrypted' }>;

async function readEncrypted(context: ReadingContext, draft: Draft, row: InboxRow, meaning: Encrypted) {
  const { senderDeviceId } = meaning.envelope;
  const session = draft.state.sessions.get(senderDeviceId);
  draft.taken.push(row);
  try {
    const decrypted = await decryptEnvelope(context.local, session, meaning.envelope, preKeyLookup(context));
    const known = noteDevice(draft.state, senderDeviceId, context.nowMs);
    draft.state = withSessions(known, [{ deviceId: senderDeviceId, session: decrypted.session }]);
    draft.movedDevices.add(senderDeviceId);
    if (decrypted.usedPreKeyId !== undefined) draft.usedPreKeys.push(decrypted.usedPreKeyId);
    if (decrypted.text !== undefined) addMessage(draft, row, { type: 'text', text: { body: decrypted.text } });
  } catch (error) {
    if (!(error instanceof DuplicateMessage)) {
      const reason = unreadableReason(error);
      if (reason === undefined) throw error;
      addMessage(draft, row, { type: 'unknown' }, reason);
      draft.broken.add(senderDeviceId);
    }
  }
  wantReceipt(draft, row, meaning.isReceiptWanted);
}

interface Waiting {
  readonly keyed: Keyed;
  readonly meaning: Encrypted;
}

async function readDevice(context: ReadingContext, draft: Draft, deviceId: number, waiting: readonly Waiting[]) {
  let left = [...waiting];
  while (left.length > 0) {
    const keyed = left.map((one) => one.keyed);
    const found = nextInOrder(draft.state.sessions.get(deviceId), keyed);
    const oldestMs = Math.min(...keyed.map((one) => one.row.receivedAtMs));
    if (found === undefined || (found.missing > 0 && context.nowMs - oldestMs < context.gapWaitMs)) break;
    const taken = left.find((one) => one.keyed === found.next);
    left = left.filter((one) => one.keyed !== found.next);
    if (taken !== undefined) await readEncrypted(context, draft, taken.keyed.row, taken.meaning);
  }
  draft.held.push(...left.map((one) => one.keyed.row));
}

/**
 * Reads one customer's inbox rows in the order the customer's devices wrote them. Pure but for prekeys looked up: nothing
 * is changed until the caller commits what it returns.
 */
export async function readCustomer(context: ReadingContext, state: CustomerState, rows: readonly InboxRow[]): Promise<Reading> {
  const draft: Draft = {
    state,
    taken: [],
    held: [],
    messages: [],
    movedDevices: new Set(),
    usedPreKeys: [],
    changes: [],
    failures: [],
    receipts: [],
    broken: new Set(),
  };
  const byDevice = new Map<number, Waiting[]>();
  for (const row of rows) {
    const meaning = meaningOf(parseXml(row.stanza));
    if (meaning.kind !== 'encrypted') {
      readSimple(draft, row, meaning);
      continue;
    }
    const { senderDeviceId } = meaning.envelope;
    const key = keyFor(meaning.envelope, context.local.deviceId);
    if (key === undefined) {
      await readEncrypted(context, draft, row, meaning);
      continue;
    }
    const device = byDevice.get(senderDeviceId) ?? [];
    byDevice.set(senderDeviceId, [...device, { keyed: { row, senderDeviceId, key }, meaning }]);
  }
  for (const [deviceId, waiting] of byDevice) await readDevice(context, draft, deviceId, waiting);
  return { ...draft, movedDevices: [...draft.movedDevices], broken: [...draft.broken] };
}
