import { fromBase64, toBase64 } from './bytes.ts';
import { BaseKeyType, ChainType } from './library.ts';
import type { SessionState } from './library.ts';
import type { SessionRecord } from './types.ts';

const formatVersion = 'signal-1';
/** Closed sessions kept: messages may still be under way in them, and a replayed prekey message is known by them. */
const maxClosedSessions = 20;
/** Receiving chains kept besides the current one. */
const maxOldChains = 10;
/** Keys of skipped messages kept, in all chains of a session. */
const maxSkippedKeys = 2000;

/** A receiving chain as far as it tells which messages are outstanding. */
export interface ReceivingChain {
  readonly ratchetKey: string;
  /** Index of the newest message whose key has been derived. */
  readonly counter: number;
  /** Whether the chain can still derive keys. It cannot once a newer one has taken its place. */
  readonly open: boolean;
  /** Indices of the messages skipped and still outstanding. */
  readonly skipped: readonly number[];
}

interface StoredChain {
  readonly t: SessionState['chains'][string]['chainType'];
  readonly n: number;
  readonly k?: string;
  readonly m?: Readonly<Record<string, string>>;
}

interface StoredState {
  readonly reg?: number | undefined;
  readonly id: string;
  readonly root: string;
  readonly our?: readonly [publicKey: string, privateKey: string] | undefined;
  readonly their: string;
  readonly prev: number;
  readonly pend?: { readonly s: number; readonly p?: number | undefined } | undefined;
  readonly old: readonly string[];
  readonly chains: Readonly<Record<string, StoredChain>>;
}

/**
 * The sessions of a record, each still as text: the open one first, then the closed ones, newest first. A line is the
 * base key's owner (1 ours, 2 theirs), the base key in base64, a space, and the state as JSON. Only the line in use is
 * ever parsed, which is what makes a call cheap.
 */
export type SessionLine = string;

export function readLines(record: SessionRecord): readonly SessionLine[] {
  const [version, ...lines] = record.split('\n');
  if (version !== formatVersion || lines.length === 0) throw new TypeError('not a session record of this version');
  return lines;
}

export function writeLines(lines: readonly SessionLine[]): SessionRecord {
  return [formatVersion, ...lines.slice(0, 1 + maxClosedSessions)].join('\n') as SessionRecord;
}

/** Finds the session that the remote device started with this base key. -1 if there is none. */
export function indexOfBaseKey(lines: readonly SessionLine[], baseKey: Uint8Array): number {
  const prefix = `2${toBase64(baseKey)} `;
  return lines.findIndex((line) => line.startsWith(prefix));
}

/** Finds the session that has a chain of this ratchet key. -1 if it is new to all of them. */
export function indexOfRatchetKey(lines: readonly SessionLine[], ratchetKey: Uint8Array): number {
  const key = `"${toBase64(ratchetKey)}":{`;
  return lines.findIndex((line) => line.includes(key));
}

function parse(line: SessionLine): StoredState {
  return JSON.parse(line.slice(line.indexOf(' ') + 1)) as StoredState;
}

function chainFrom(stored: StoredChain): SessionState['chains'][string] {
  const messageKeys: Record<number, ArrayBuffer> = {};
  for (const [index, key] of Object.entries(stored.m ?? {})) messageKeys[Number(index)] = fromBase64(key);
  const chainKey = stored.k === undefined ? { counter: stored.n } : { counter: stored.n, key: fromBase64(stored.k) };
  return { chainType: stored.t, chainKey, messageKeys };
}

/** A session of the caller's own, to be changed at will. */
export function readState(line: SessionLine): SessionState {
  const stored = parse(line);
  const chains: SessionState['chains'] = {};
  for (const [key, chain] of Object.entries(stored.chains)) chains[key] = chainFrom(chain);
  const state: SessionState = {
    indexInfo: {
      closed: -1,
      remoteIdentityKey: fromBase64(stored.id),
      baseKey: fromBase64(line.slice(1, line.indexOf(' '))),
      baseKeyType: line.startsWith('1') ? BaseKeyType.OURS : BaseKeyType.THEIRS,
    },
    currentRatchet: {
      rootKey: fromBase64(stored.root),
      lastRemoteEphemeralKey: fromBase64(stored.their),
      previousCounter: stored.prev,
    },
    oldRatchetList: stored.old.map((key) => ({ ephemeralKey: fromBase64(key), added: 0 })),
    chains,
  };
  return withOptionalParts(state, stored);
}

function withOptionalParts(state: SessionState, stored: StoredState): SessionState {
  if (stored.reg !== undefined) state.registrationId = stored.reg;
  if (stored.our !== undefined) {
    const [pubKey, privKey] = stored.our;
    state.currentRatchet.ephemeralKeyPair = { pubKey: fromBase64(pubKey), privKey: fromBase64(privKey) };
  }
  const { baseKey } = state.indexInfo;
  if (stored.pend !== undefined && baseKey !== undefined) {
    state.pendingPreKey = { signedKeyId: stored.pend.s, baseKey };
    if (stored.pend.p !== undefined) state.pendingPreKey.preKeyId = stored.pend.p;
  }
  return state;
}

/**
 * Drops what a session no longer needs (in place). Old receiving chains stand in `oldRatchetList`, oldest first; the
 * library means to keep ten of them but deletes the wrong key, so that a session would grow with every change of direction.
 */
function prune(state: SessionState): void {
  const old = state.oldRatchetList;
  for (const { ephemeralKey } of old.splice(0, Math.max(0, old.length - maxOldChains))) {
    Reflect.deleteProperty(state.chains, toBase64(ephemeralKey));
  }
  let excess = -maxSkippedKeys;
  for (const chain of Object.values(state.chains)) excess += Object.keys(chain.messageKeys).length;
  const oldestFirst = [...old.map((ratchet) => ratchet.ephemeralKey), state.currentRatchet.lastRemoteEphemeralKey];
  for (const key of oldestFirst) {
    if (excess <= 0) return;
    const messageKeys = state.chains[toBase64(key)]?.messageKeys ?? {};
    const dropped = Object.keys(messageKeys).slice(0, excess);
    for (const index of dropped) Reflect.deleteProperty(messageKeys, index);
    excess -= dropped.length;
  }
}

function storedChain({ chainType, chainKey, messageKeys }: SessionState['chains'][string]): StoredChain {
  const skipped = Object.entries(messageKeys).map(([index, key]) => [index, toBase64(key)] as const);
  return {
    t: chainType,
    n: chainKey.counter,
    ...(chainKey.key === undefined ? {} : { k: toBase64(chainKey.key) }),
    ...(skipped.length === 0 ? {} : { m: Object.fromEntries(skipped) }),
  };
}

export function writeState(state: SessionState): SessionLine {
  prune(state);
  const { indexInfo, currentRatchet, pendingPreKey } = state;
  if (indexInfo.baseKey === undefined) throw new TypeError('a session without a base key');
  const pair = currentRatchet.ephemeralKeyPair;
  const chains: Record<string, StoredChain> = {};
  for (const [key, chain] of Object.entries(state.chains)) chains[key] = storedChain(chain);
  const stored: StoredState = {
    reg: state.registrationId,
    id: toBase64(indexInfo.remoteIdentityKey),
    root: toBase64(currentRatchet.rootKey),
    our: pair && [toBase64(pair.pubKey), toBase64(pair.privKey)],
    their: toBase64(currentRatchet.lastRemoteEphemeralKey),
    prev: currentRatchet.previousCounter,
    pend: pendingPreKey && { s: pendingPreKey.signedKeyId, p: pendingPreKey.preKeyId },
    old: state.oldRatchetList.map(({ ephemeralKey }) => toBase64(ephemeralKey)),
    chains,
  };
  return `${indexInfo.baseKeyType ?? BaseKeyType.THEIRS}${toBase64(indexInfo.baseKey)} ${JSON.stringify(stored)}`;
}

/** The receiving chains of a session, oldest first. */
export function receivingChains(line: SessionLine): readonly ReceivingChain[] {
  const { old, their, chains } = parse(line);
  return [...old, their].flatMap((ratchetKey) => {
    const chain = chains[ratchetKey];
    if (chain?.t !== ChainType.RECEIVING) return [];
    const skipped = Object.keys(chain.m ?? {}).map(Number);
    return [{ ratchetKey, counter: chain.n, open: chain.k !== undefined, skipped }];
  });
}

/** 33 bytes: the identity key of the remote device, as of its open session. */
export function remoteIdentityKey(session: SessionRecord): Uint8Array {
  return new Uint8Array(fromBase64(parse(openLine(session)).id));
}

/** {@link remoteIdentityKey} in base64, for those who ask at every message: nothing is parsed. Undefined where none can be seen. */
export function remoteIdentityKeyText(session: SessionRecord): string | undefined {
  return /"id":"([A-Za-z0-9+/]+=*)"/.exec(openLine(session))?.[1];
}

export function openLine(session: SessionRecord): SessionLine {
  const [open] = readLines(session);
  if (open === undefined) throw new TypeError('a session record without a session');
  return open;
}
