import { errorBody, type InboundEvent, inboundIdOf, type PhoneNotice } from '@multiconnect/contract';
import { type CustomerState, domainOf, withSessions } from '@multiconnect/devices';
import type { Failure, InboxRow, PreKeys, Received, ReportedStatus, StateChange } from '@multiconnect/message-store';
import { type DecryptedEnvelope, decryptEnvelope, keyFor, type LocalDevice, MalformedOmemo, NotForThisDevice } from '@multiconnect/omemo';
import {
  DuplicateMessage,
  type KeyPair,
  NoSession,
  type PreKeyLookup,
  UnknownPreKey,
  UntrustedOrCorruptMessage,
} from '@multiconnect/signal';
import { delayMicros, type Element, parseXml, XmlError } from '@multiconnect/xmpp';
import { identified } from './identities.ts';
import { type Chain, chainsOf, type Keyed, missingIn } from './order.ts';
import type { Deletion, ReadMessage } from './references.ts';
import { type Said, saidIn, type SayingPolicy } from './said.ts';
import { type Meaning, meaningOf } from './stanza.ts';

type ChangedNumber = Received['changedNumbers'][number];

/** What reading some of one customer's inbox rows gave. */
export interface Reading {
  readonly state: CustomerState;
  readonly taken: readonly InboxRow[];
  /** Rows that wait for earlier ones of their sender. */
  readonly held: readonly InboxRow[];
  readonly messages: readonly ReadMessage[];
  readonly deletions: readonly Deletion[];
  readonly movedDevices: readonly number[];
  readonly usedPreKeys: readonly number[];
  readonly changes: readonly StateChange[];
  readonly failures: readonly Failure[];
  readonly warnings: readonly ReportedStatus[];
  readonly changedNumbers: readonly ChangedNumber[];
  readonly receipts: readonly { readonly to: string; readonly stanzaId: string }[];
  /** Devices that could not be understood: a fresh session is due. */
  readonly broken: readonly number[];
}

/** How messages are read, as the settings and the operator have it. */
export interface ReadingPolicy extends SayingPolicy {
  /** `notify_user_change_number` */
  readonly areChangedNumbersTold: boolean;
  /** `show_security_notifications` */
  readonly areIdentityChangesShown: boolean;
}

/** How long rows wait for others. */
export interface Patience {
  /** Whether a row has waited long enough for earlier ones of its sender. */
  readonly isOverdue: (row: InboxRow) => boolean;
  /** Whether a row has waited long enough for the others that the server delivers again with it. */
  readonly isSettled: (row: InboxRow) => boolean;
}

export interface ReadingContext extends Patience {
  readonly account: number;
  readonly local: LocalDevice;
  readonly preKeys: PreKeys;
  readonly nowMs: number;
  readonly policy: ReadingPolicy;
}

/** An inbox row, parsed. */
interface Parsed {
  readonly row: InboxRow;
  readonly stanza?: Element;
  /** Full address of the sender's client. */
  readonly from?: string;
  readonly meaning: Meaning;
}

function parse(row: InboxRow): Parsed {
  try {
    const element = parseXml(row.stanza);
    const from: unknown = element.attrs['from'];
    return { row, stanza: element, meaning: meaningOf(element), ...(typeof from === 'string' ? { from } : {}) };
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    return { row, meaning: { kind: 'unreadable', reason: 'The message is malformed', isReceiptWanted: false } };
  }
}

interface Draft {
  state: CustomerState;
  readonly taken: InboxRow[];
  readonly held: InboxRow[];
  readonly messages: ReadMessage[];
  readonly deletions: Deletion[];
  readonly movedDevices: Set<number>;
  readonly usedPreKeys: number[];
  readonly changes: StateChange[];
  readonly failures: Failure[];
  readonly warnings: ReportedStatus[];
  readonly changedNumbers: ChangedNumber[];
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

const sentAtMs = (row: InboxRow) => row.delayedAtMs ?? row.receivedAtMs;

type Around = Partial<Pick<InboundEvent, 'profile_name' | 'context' | 'referral' | 'errors'>>;

function eventOf(row: InboxRow, content: InboundEvent['content'], around: Around): InboundEvent {
  const id = inboundIdOf(row.customer, row.stanzaId, row.stanzaHash);
  return { kind: 'inbound_message', id, from: row.customer, timestamp: Math.floor(sentAtMs(row) / 1000), content, ...around };
}

function addMessage(draft: Draft, row: InboxRow, event: InboundEvent, more: Partial<Pick<ReadMessage, 'files' | 'answersTo' | 'isTyped'>> = {}) {
  const { customer, slot, stanzaId } = row;
  draft.messages.push({ customer, slot, stanzaId, event, body: { stanza_id: stanzaId }, isTyped: false, ...more });
}

const unsupportedDetails = 'Message type is currently not supported';

function addUnknown(draft: Draft, row: InboxRow, details: string, around: Around = {}) {
  addMessage(draft, row, eventOf(row, { type: 'unknown' }, { ...around, errors: [errorBody('unsupportedInbound', details)] }));
}

function wantReceipt(draft: Draft, { row, from }: Parsed, isWanted: boolean) {
  if (isWanted && row.stanzaId !== '' && from !== undefined) draft.receipts.push({ to: from, stanzaId: row.stanzaId });
}

/**
 * How a chat server refuses for somebody who blocks the sender (XEP-0191, 3.3): it does not tell a block from an account that
 * has gone, and neither is told here: the message stays `sent`, and `delivered` stays away.
 */
const blockedCondition = 'service-unavailable';

function readSimple(draft: Draft, parsed: Parsed, meaning: Exclude<Meaning, { kind: 'encrypted' }>) {
  const { row } = parsed;
  const atMs = sentAtMs(row);
  draft.taken.push(row);
  switch (meaning.kind) {
    case 'receipt':
      draft.changes.push({ id: meaning.id, state: 'delivered', atMs, customer: row.customer });
      return;
    case 'displayed':
      draft.changes.push({ id: meaning.id, state: 'read', atMs, customer: row.customer });
      return;
    case 'bounce':
      if (meaning.condition === blockedCondition) return;
      draft.failures.push({ id: meaning.id, error: errorBody('receiverIncapable', meaning.condition), atMs, customer: row.customer });
      return;
    case 'devices':
      draft.state = { ...draft.state, listed: meaning.devices, listedAtMs: atMs, isListStored: false };
      return;
    case 'unreadable':
      addUnknown(draft, row, meaning.reason);
      wantReceipt(draft, parsed, meaning.isReceiptWanted);
      return;
    case 'nothing':
      return;
  }
}

/** Says how far a message of the business has come. */
interface Report extends Parsed {
  readonly meaning: Extract<Meaning, { kind: 'receipt' | 'displayed' }>;
}

function isReport(parsed: Parsed): parsed is Report {
  return parsed.meaning.kind === 'receipt' || parsed.meaning.kind === 'displayed';
}

/** When the server first had it. */
function delayOf({ stanza }: Report): bigint {
  const to: unknown = stanza?.attrs['to'];
  if (stanza === undefined || typeof to !== 'string') return 0n;
  return delayMicros(stanza, domainOf(to)) ?? 0n;
}

function byDelay(reports: readonly Report[]): Report[] {
  return reports
    .map((report) => ({ report, delay: delayOf(report) }))
    .sort((a, b) => Number(a.delay - b.delay))
    .map(({ report }) => report);
}

/**
 * Reports have no counter. Those that a dead connection left come again with a stamp, reversed: they wait until all of them are there
 * and go in the order of their stamps, and what has come without one goes behind them.
 */
function readReports(context: ReadingContext, draft: Draft, reports: readonly Report[]) {
  const late = reports.filter(({ row }) => row.delayedAtMs !== undefined);
  const isComing = late.some(({ row }) => !context.isSettled(row)) && !late.some(({ row }) => context.isOverdue(row));
  if (isComing) {
    draft.held.push(...reports.map(({ row }) => row));
    return;
  }
  const inTime = reports.filter(({ row }) => row.delayedAtMs === undefined);
  for (const report of [...byDelay(late), ...inTime]) readSimple(draft, report, report.meaning);
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

/** What is wrong with a message of the business, as its receiver's phone has it. */
const notShownErrors = {
  structure: errorBody('structureUnavailable'),
  incapable: errorBody('receiverIncapable'),
} as const;

function addChangedNumber(draft: Draft, row: InboxRow, newWaId: string, isTold: boolean, around: Around) {
  const { customer } = row;
  if (newWaId === customer) return;
  draft.changedNumbers.push({ customer, newWaId });
  if (!isTold) return;
  const body = `${around.profile_name ?? 'The customer'} changed from ${customer} to ${newWaId}`;
  addMessage(draft, row, eventOf(row, { type: 'system', system: { type: 'user_changed_number', body, new_wa_id: newWaId, wa_id: newWaId } }, around));
}

function addNotice(draft: Draft, row: InboxRow, notice: PhoneNotice, isNumberTold: boolean, around: Around) {
  const { customer } = row;
  const atMs = sentAtMs(row);
  switch (notice.type) {
    case 'deleted':
      draft.deletions.push({ customer, stanzaId: notice.deleted.message_id, atMs });
      return;
    case 'not_shown': {
      const { message_id, reason } = notice.not_shown;
      draft.failures.push({ id: message_id, error: notShownErrors[reason], atMs, customer, unless: 'read' });
      return;
    }
    case 'warning':
      draft.warnings.push({ customer, id: notice.warning.message_id, status: 'warning', atMs });
      return;
    case 'changed_number':
      addChangedNumber(draft, row, notice.changed_number.wa_id, isNumberTold, around);
      return;
  }
}

function addSaid(draft: Draft, { row }: Encrypted, said: Said, policy: ReadingPolicy) {
  if (said.kind === 'nothing') return;
  const around: Around = said.profileName === undefined ? {} : { profile_name: said.profileName };
  if (said.kind === 'unsupported') {
    addUnknown(draft, row, unsupportedDetails, around);
    return;
  }
  if (said.kind === 'notice') {
    addNotice(draft, row, said.notice, policy.areChangedNumbersTold, around);
    return;
  }
  const { content, referral, context, files, isTyped } = said;
  const { message_id: answersTo, ...rest } = context ?? {};
  const hasContext = Object.keys(rest).length > 0;
  const event = eventOf(row, content, { ...around, ...(hasContext && { context: rest }), ...(referral && { referral }) });
  addMessage(draft, row, event, { isTyped, ...(files.length > 0 && { files }), ...(answersTo !== undefined && { answersTo }) });
}

interface Encrypted extends Parsed {
  readonly meaning: Extract<Meaning, { kind: 'encrypted' }>;
}

function saidBy({ stanza }: Encrypted, decrypted: DecryptedEnvelope, policy: ReadingPolicy): Said {
  return stanza === undefined ? { kind: 'nothing' } : saidIn(stanza, decrypted, policy);
}

/** What came of decrypting a message, of which nothing is noted yet. */
type Opening =
  | { readonly kind: 'opened'; readonly decrypted: DecryptedEnvelope }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'unreadable'; readonly reason: string };

async function open(context: ReadingContext, draft: Draft, { meaning }: Encrypted): Promise<Opening> {
  const session = draft.state.sessions.get(meaning.envelope.senderDeviceId);
  try {
    return { kind: 'opened', decrypted: await decryptEnvelope(context.local, session, meaning.envelope, preKeyLookup(context)) };
  } catch (error) {
    if (error instanceof DuplicateMessage) return { kind: 'duplicate' };
    const reason = unreadableReason(error);
    if (reason === undefined) throw error;
    return { kind: 'unreadable', reason };
  }
}

function take(context: ReadingContext, draft: Draft, encrypted: Encrypted, opening: Opening) {
  const { row, meaning } = encrypted;
  const { senderDeviceId } = meaning.envelope;
  draft.taken.push(row);
  wantReceipt(draft, encrypted, meaning.isReceiptWanted);
  if (opening.kind === 'duplicate') return;
  if (opening.kind === 'unreadable') {
    addUnknown(draft, row, opening.reason);
    draft.broken.add(senderDeviceId);
    return;
  }
  const { decrypted } = opening;
  const known = noteDevice(draft.state, senderDeviceId, context.nowMs);
  draft.state = withSessions(known, [{ deviceId: senderDeviceId, session: decrypted.session }]);
  draft.movedDevices.add(senderDeviceId);
  if (decrypted.usedPreKeyId !== undefined) draft.usedPreKeys.push(decrypted.usedPreKeyId);
  addSaid(draft, encrypted, saidBy(encrypted, decrypted, context.policy), context.policy);
}

interface Waiting extends Encrypted, Keyed {}

/** What is missing now has been waited for: later messages do not wait for it again. */
function noteMissing(state: CustomerState, deviceId: number, count: number): CustomerState {
  if ((state.missing?.get(deviceId) ?? 0) === count) return state;
  return { ...state, missing: new Map(state.missing).set(deviceId, count) };
}

/** The first message of a chain, and what is missing before it. */
interface Turn {
  readonly chain: Chain<Waiting>;
  readonly opening: Opening;
  readonly missing: number;
}

/**
 * How many messages before this one have not come. Only the session that has opened it says so: when both sides start one at once there
 * are two, and before it is opened nobody can tell which of them it belongs to. Of what no session opens the latest one may know.
 */
function missingBeforeIt(draft: Draft, deviceId: number, waiting: Waiting, opening: Opening): number {
  if (opening.kind === 'duplicate') return 0;
  return missingIn(opening.kind === 'opened' ? opening.decrypted.session : draft.state.sessions.get(deviceId), waiting);
}

/**
 * Whose turn it is: the first that came of those that nothing is missing before, or else, when somebody has waited for long enough, the one
 * that the fewest are missing before. The server redelivers what a dead connection left in reversed order.
 */
async function nextTurn(context: ReadingContext, draft: Draft, deviceId: number, chains: readonly Chain<Waiting>[]): Promise<Turn | undefined> {
  const mayMiss = draft.state.missing?.get(deviceId) ?? 0;
  let best: Turn | undefined;
  for (const chain of chains) {
    const opening = await open(context, draft, chain[0]);
    const turn = { chain, opening, missing: missingBeforeIt(draft, deviceId, chain[0], opening) };
    if (opening.kind !== 'unreadable' && turn.missing <= mayMiss) return turn;
    if (best === undefined || turn.missing < best.missing) best = turn;
  }
  const isDue = best !== undefined && (best.missing <= mayMiss || chains.flat().some(({ row }) => context.isOverdue(row)));
  return isDue ? best : undefined;
}

async function readDevice(context: ReadingContext, draft: Draft, deviceId: number, waiting: readonly Waiting[]) {
  let chains = chainsOf(waiting);
  for (;;) {
    const turn = await nextTurn(context, draft, deviceId, chains);
    if (turn === undefined) break;
    const { chain, opening, missing } = turn;
    const [next, second, ...rest] = chain;
    take(context, draft, next, opening);
    if (opening.kind === 'opened') draft.state = noteMissing(draft.state, deviceId, missing);
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
    deletions: [],
    movedDevices: new Set(),
    usedPreKeys: [],
    changes: [],
    failures: [],
    warnings: [],
    changedNumbers: [],
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
  const reports: Report[] = [];
  for (const row of rows) {
    const parsed = parse(row);
    if (isReport(parsed)) {
      reports.push(parsed);
      continue;
    }
    if (!isEncrypted(parsed)) {
      readSimple(draft, parsed, parsed.meaning as Exclude<Meaning, { kind: 'encrypted' }>);
      continue;
    }
    const { envelope } = parsed.meaning;
    const key = keyFor(envelope, context.local.deviceId);
    if (key === undefined) {
      take(context, draft, parsed, await open(context, draft, parsed));
      continue;
    }
    const device = byDevice.get(envelope.senderDeviceId);
    if (device === undefined) byDevice.set(envelope.senderDeviceId, [{ ...parsed, key }]);
    else device.push({ ...parsed, key });
  }
  readReports(context, draft, reports);
  for (const [deviceId, waiting] of byDevice) await readDevice(context, draft, deviceId, waiting);
  return identified(readingOf(draft), { nowMs: context.nowMs, areChangesShown: context.policy.areIdentityChangesShown });
}

/** Gives up on a row that could not be processed: an unknown message, and nothing else is touched. */
export function readAsUnknown(state: CustomerState, row: InboxRow): Reading {
  const draft = emptyDraft(state);
  draft.taken.push(row);
  addUnknown(draft, row, 'The message could not be processed');
  return readingOf(draft);
}

/** Drops a row that cannot even be reported. */
export function readAsNothing(state: CustomerState, row: InboxRow): Reading {
  return readingOf({ ...emptyDraft(state), taken: [row] });
}
