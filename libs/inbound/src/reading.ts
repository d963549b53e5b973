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
import { parseXml, XmlError } from '@multiconnect/xmpp';
import { chainsOf, type Keyed, nextInOrder } from './order.ts';
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
  /** Whether a message has waited long enough for earlier ones of its sender. */
  readonly isOverdue: (row: InboxRow) => boolean;
}

/** An inbox row, parsed. */
interface Parsed {
  readonly row: InboxRow;
  /** Full address of the sender's client. */
  readonly from?: string;
  readonly meaning: Meaning;
}

function parse(row: InboxRow): Parsed {
  try {
    const element = parseXml(row.stanza);
    const from: unknown = element.attrs['from'];
    return { row, meaning: meaningOf(element), ...(typeof from === 'string' ? { from } : {}) };
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    return { row, meaning: { kind: 'unreadable', reason: 'The message is malformed', isReceiptWanted: false } };
  }
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

function wantReceipt(draft: Draft, { row, from }: Parsed, isWanted: boolean) {
  if (isWanted && row.stanzaId !== '' && from !== undefined) draft.receipts.push({ to: from, stanzaId: row.stanzaId });
}

function readSimple(draft: Draft, parsed: Parsed, meaning: Exclude<Meaning, { kind: 'encrypted' }>) {
  const { row } = parsed;
  const atMs = row.delayedAtMs ?? row.receivedAtMs;
  draft.taken.push(row);
  switch (meaning.kind) {
    case 'receipt':
      draft.changes.push({ id: meaning.id, state: 'delivered', atMs, customer: row.customer });
      return;
    case 'displayed':
      draft.changes.push({ id: meaning.id, state: 'read', atMs, customer: row.customer });
      return;
    case 'bounce':
      draft.failures.push({ id: meaning.id, error: errorBody('receiverIncapable', meaning.condition), atMs, customer: row.customer });
      return;
    case 'devices':
      draft.state = { ...draft.state, listed: meaning.devices, listedAtMs: atMs, isListStored: false };
      return;
    case 'unreadable':
      addMessage(draft, row, { type: 'unknown' }, meaning.reason);
      wantReceipt(draft, parsed, meaning.isReceiptWanted);
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

interface Encrypted extends Parsed {
  readonly meaning: Extract<Meaning, { kind: 'encrypted' }>;
}

/** False when the message was a duplicate, or could not be read. */
async function readEncrypted(context: ReadingContext, draft: Draft, encrypted: Encrypted): Promise<boolean> {
  const { row, meaning } = encrypted;
  const { senderDeviceId } = meaning.envelope;
  const session = draft.state.sessions.get(senderDeviceId);
  draft.taken.push(row);
  wantReceipt(draft, encrypted, meaning.isReceiptWanted);
  try {
    const decrypted = await decryptEnvelope(context.local, session, meaning.envelope, preKeyLookup(context));
    const known = noteDevice(draft.state, senderDeviceId, context.nowMs);
    draft.state = withSessions(known, [{ deviceId: senderDeviceId, session: decrypted.session }]);
    draft.movedDevices.add(senderDeviceId);
    if (decrypted.usedPreKeyId !== undefined) draft.usedPreKeys.push(decrypted.usedPreKeyId);
    if (decrypted.text !== undefined) addMessage(draft, row, { type: 'text', text: { body: decrypted.text } });
    return true;
  } catch (error) {
    if (error instanceof DuplicateMessage) return false;
    const reason = unreadableReason(error);
    if (reason === undefined) throw error;
    addMessage(draft, row, { type: 'unknown' }, reason);
    draft.broken.add(senderDeviceId);
    return false;
  }
}

interface Waiting extends Encrypted, Keyed {}

/** What is missing now has been waited for: later messages do not wait for it again. */
function noteMissing(state: CustomerState, deviceId: number, count: number): CustomerState {
  if ((state.missing?.get(deviceId) ?? 0) === count) return state;
  return { ...state, missing: new Map(state.missing).set(deviceId, count) };
}

async function readDevice(context: ReadingContext, draft: Draft, deviceId: number, waiting: readonly Waiting[]) {
  let chains = chainsOf(waiting);
  for (;;) {
    const found = nextInOrder(draft.state.sessions.get(deviceId), chains);
    if (found === undefined) return;
    const { chain, missing } = found;
    const isGap = missing > (draft.state.missing?.get(deviceId) ?? 0);
    if (isGap && !chains.flat().some(({ row }) => context.isOverdue(row))) break;
    const [next, second, ...rest] = chain;
    if (await readEncrypted(context, draft, next)) draft.state = noteMissing(draft.state, deviceId, missing);
    chains = chains.flatMap((one) => (one !== chain ? [one] : second === undefined ? [] : [[second, ...rest]]));
  }
  draft.held.push(...chains.flat().map(({ row }) => row));
}

function emptyDraft(state: CustomerState): Draft {
  return {
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
}

function readingOf(draft: Draft): Reading {
  return { ...draft, movedDevices: [...draft.movedDevices], broken: [...draft.broken] };
}

function isEncrypted(parsed: Parsed): parsed is Encrypted {
  return parsed.meaning.kind === 'encrypted';
}

/**
 * Reads one customer's inbox rows in the order the customer's devices wrote them. Pure but for prekeys looked up: nothing
 * is changed until the caller commits what it returns.
 */
export async function readCustomer(context: ReadingContext, state: CustomerState, rows: readonly InboxRow[]): Promise<Reading> {
  const draft = emptyDraft(state);
  const byDevice = new Map<number, Waiting[]>();
  for (const row of rows) {
    const parsed = parse(row);
    if (!isEncrypted(parsed)) {
      readSimple(draft, parsed, parsed.meaning as Exclude<Meaning, { kind: 'encrypted' }>);
      continue;
    }
    const { envelope } = parsed.meaning;
    const key = keyFor(envelope, context.local.deviceId);
    if (key === undefined) {
      await readEncrypted(context, draft, parsed);
      continue;
    }
    const device = byDevice.get(envelope.senderDeviceId);
    if (device === undefined) byDevice.set(envelope.senderDeviceId, [{ ...parsed, key }]);
    else device.push({ ...parsed, key });
  }
  for (const [deviceId, waiting] of byDevice) await readDevice(context, draft, deviceId, waiting);
  return readingOf(draft);
}

/** Gives up on a row that could not be processed: an unknown message, and nothing else is touched. */
export function readAsUnknown(state: CustomerState, row: InboxRow): Reading {
  const draft = emptyDraft(state);
  draft.taken.push(row);
  addMessage(draft, row, { type: 'unknown' }, 'The message could not be processed');
  return readingOf(draft);
}

/** Drops a row that cannot even be reported. */
export function readAsNothing(state: CustomerState, row: InboxRow): Reading {
  return readingOf({ ...emptyDraft(state), taken: [row] });
}
