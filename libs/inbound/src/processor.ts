import type { Clock } from '@multiconnect/clock';
import { type CustomerState, type DeviceBook, identityChanges, listChanges, sessionChanges } from '@multiconnect/devices';
import {
  failureWord,
  Fenced,
  type Inbox,
  type InboxRow,
  type Moved,
  type PreKeys,
  type Received,
  type ReportedStatuses,
  type ShardTenure,
} from '@multiconnect/message-store';
import type { LocalDevice } from '@multiconnect/omemo';
import { type Patience, readAsNothing, readAsUnknown, readCustomer, type Reading, type ReadingPolicy } from './reading.ts';
import { type Referred, resolveReferences } from './references.ts';

export interface ProcessorOptions {
  readonly tenure: ShardTenure;
  /** Aborted when the tenure ends. */
  readonly signal: AbortSignal;
  readonly slots: readonly number[];
  readonly local: LocalDevice;
  /** The number's own wa_id. */
  readonly business: string;
  readonly policy: () => ReadingPolicy;
  readonly inbox: Inbox;
  readonly preKeys: PreKeys;
  readonly book: DeviceBook;
  readonly reported: () => ReportedStatuses;
  readonly clock: Clock;
  /** Committed: receipts go out, callbacks are due. */
  readonly onReceived: (received: {
    readonly receipts: Reading['receipts'];
    readonly messages: number;
    /** Their callbacks wait for so many. */
    readonly files: number;
    readonly moved: readonly Moved[];
    readonly hasUsedPreKeys: boolean;
  }) => void;
  /** A device could not be understood: it needs a fresh session. */
  readonly onBroken: (customer: string, slot: number, deviceId: number) => void;
  /** A stanza was given up and kept as a dead letter. */
  readonly onBuried: (reason: string) => void;
  readonly onFenced: (error: Fenced) => void;
  readonly onTrouble: (what: string, error: unknown) => void;
}

export interface Processor {
  /** The inbox of this shard has grown. */
  wake(): void;
  /** Resolves when no work is under way. */
  stop(): Promise<void>;
}

const maxRowsPerRound = 256;
/** Rows read at once when earlier ones cannot be taken yet. */
const maxRowsInView = 4_096;
const gapWaitMs = 2_000;
/** What the server delivers again comes at once, or from offline storage, which is emptied several times in the first second. */
const redeliveryWaitMs = 1_000;
const heldPollMs = 200;
const troublePauseMs = 500;
/** How often a customer's rows are tried in vain, while the store takes writes, before they are tried one by one. */
const maxStrikes = 5;

const impatient: Patience = { isOverdue: () => true, isSettled: () => true };

const nothing: Received = {
  taken: [],
  messages: [],
  sessions: [],
  usedPreKeys: [],
  deviceLists: [],
  changes: [],
  failures: [],
  answered: [],
  statuses: [],
  changedNumbers: [],
};

function byCustomer(rows: readonly InboxRow[]): Map<string, InboxRow[]> {
  const groups = new Map<string, InboxRow[]>();
  for (const row of rows) {
    const group = groups.get(row.customer);
    if (group === undefined) groups.set(row.customer, [row]);
    else group.push(row);
  }
  return groups;
}

function movedSessions({ state, movedDevices }: Reading) {
  const devices = movedDevices.flatMap((deviceId) => {
    const session = state.sessions.get(deviceId);
    return session === undefined ? [] : [{ deviceId, session }];
  });
  return sessionChanges(state, devices);
}

function receivedOf(readings: readonly Reading[], { messages, answered, statuses }: Referred): Received {
  return {
    taken: readings.flatMap((reading) => reading.taken.map((row) => row.seq)),
    messages,
    sessions: readings.flatMap(movedSessions),
    usedPreKeys: readings.flatMap((reading) => reading.usedPreKeys),
    deviceLists: readings.flatMap((reading) => listChanges(reading.state)),
    identities: readings.flatMap((reading) => identityChanges(reading.state)),
    changes: readings.flatMap((reading) => reading.changes),
    failures: readings.flatMap((reading) => reading.failures),
    answered,
    statuses: [...statuses, ...readings.flatMap((reading) => reading.warnings)],
    changedNumbers: readings.flatMap((reading) => reading.changedNumbers),
  };
}

/**
 * Takes stanzas from the inbox: decrypts them in the order their senders wrote them and commits ratchet, message, callback
 * and the removal from the inbox in one transaction under the epoch.
 *
 * A round takes all customers together. After one that failed each customer is taken alone, so that one who makes it fail
 * holds up nobody else; in the end its rows are taken one by one, and the row to blame becomes an unknown message.
 */
export function createProcessor(options: ProcessorOptions): Processor {
  const { tenure, signal, slots, inbox, book, clock } = options;
  const strikes = new Map<string, number>();
  let isApart = false; // each customer is taken alone
  let heldSinceMs = new Map<number, number>(); // by sequence: when a row was first found waiting for earlier ones
  let running: Promise<void> | undefined;
  let again = false;
  let leftCount = 0; // rows that the last round read and did not take
  let isPassedOver = false; // rows were left because their customer's ratchets were in use
  let isReleasing = false;
  let stopped = false;
  let cancelWake: (() => void) | undefined;

  const isRunnable = () => !stopped && !signal.aborted;

  const wakeAfter = (ms: number) => {
    cancelWake ??= clock.after(ms, () => {
      cancelWake = undefined;
      wake();
    });
  };

  const commit = async (readings: readonly Reading[], buried: Received['buried'] = []) => {
    if (readings.every((reading) => reading.taken.length === 0)) return;
    const about = { account: tenure.account, business: options.business, nowMs: clock.nowMs() };
    const received = { ...receivedOf(readings, await resolveReferences(inbox, about, readings)), buried };
    const moved = await inbox.take(tenure, received, options.reported());
    for (const reading of readings) book.put({ ...reading.state, isListStored: true, isIdentityStored: true });
    options.onReceived({
      receipts: readings.flatMap((reading) => reading.receipts),
      messages: received.messages.length,
      files: received.messages.reduce((sum, { files = [] }) => sum + files.length, 0),
      moved,
      hasUsedPreKeys: received.usedPreKeys.length > 0,
    });
  };

  const load = async (groups: ReadonlyMap<string, readonly InboxRow[]>) => {
    await book.load([...groups].map(([customer, group]) => ({ customer, slot: group[0]?.slot ?? 0 })));
  };

  const read = async (groups: ReadonlyMap<string, readonly InboxRow[]>, patience: Patience) => {
    await load(groups);
    const context = { account: tenure.account, local: options.local, preKeys: options.preKeys, nowMs: clock.nowMs(), policy: options.policy(), ...patience };
    const readings: Reading[] = [];
    for (const [customer, group] of groups) readings.push(await readCustomer(context, book.get(customer), group));
    return readings;
  };

  const readAndCommit = async (groups: ReadonlyMap<string, readonly InboxRow[]>, patience: Patience) => {
    try {
      const readings = await read(groups, patience);
      await commit(readings);
      return readings;
    } catch (error) {
      book.forget(groups.keys());
      throw error;
    }
  };

  /** Passes on what is not the fault of what was tried: then the store would not take anything at all. */
  const throwUnlessOwnFault = async (error: unknown) => {
    if (error instanceof Fenced) throw error;
    await inbox.take(tenure, nothing, []).catch((storeError: unknown) => {
      throw storeError instanceof Fenced ? storeError : error;
    });
  };

  /** The row itself is kept as a dead letter. */
  const buryAs = async (what: (state: CustomerState, row: InboxRow) => Reading, row: InboxRow, reason: string) => {
    await load(new Map([[row.customer, [row]]]));
    const reading = what(book.get(row.customer), row);
    await commit([reading], [{ seq: row.seq, reason }]);
    options.onBuried(reason);
    return reading;
  };

  /** One row, as what it can be taken as: itself; or a dead letter, and an unknown message or nothing. */
  const takeRow = async (row: InboxRow): Promise<readonly Reading[]> => {
    let reason: string;
    try {
      return await readAndCommit(new Map([[row.customer, [row]]]), impatient);
    } catch (error) {
      await throwUnlessOwnFault(error);
      options.onTrouble('stanza given up', error);
      reason = failureWord(error);
    }
    try {
      return [await buryAs(readAsUnknown, row, reason)];
    } catch (error) {
      await throwUnlessOwnFault(error);
      options.onTrouble('stanza not told', error);
    }
    return [await buryAs(readAsNothing, row, reason)];
  };

  const takeApart = async (customer: string, rows: readonly InboxRow[], patience: Patience) => {
    try {
      const readings = await readAndCommit(new Map([[customer, rows]]), patience);
      strikes.delete(customer);
      return readings;
    } catch (error) {
      await throwUnlessOwnFault(error);
      options.onTrouble('customer', error);
      strikes.set(customer, (strikes.get(customer) ?? 0) + 1);
      if ((strikes.get(customer) ?? 0) < maxStrikes) return [];
    }
    const readings: Reading[] = [];
    for (const row of rows) readings.push(...(await takeRow(row)));
    strikes.delete(customer);
    return readings;
  };

  const takeAll = async (rows: readonly InboxRow[], patience: Patience) => {
    const groups = byCustomer(rows);
    if (!isApart) return readAndCommit(groups, patience);
    const readings: Reading[] = [];
    for (const [customer, group] of groups) readings.push(...(await takeApart(customer, group, patience)));
    for (const customer of [...strikes.keys()]) if (!groups.has(customer)) strikes.delete(customer);
    isApart = strikes.size > 0;
    if (isApart) wakeAfter(troublePauseMs);
    return readings;
  };

  const noteHeld = (readings: readonly Reading[]) => {
    const held = readings.flatMap((reading) => reading.held);
    const nowMs = clock.monotonicMs();
    heldSinceMs = new Map(held.map((row) => [row.seq, heldSinceMs.get(row.seq) ?? nowMs]));
    if (held.length > 0) wakeAfter(heldPollMs);
  };

  const takeClaimed = async (claimed: ReadonlySet<string>, rows: readonly InboxRow[], isWhole: boolean) => {
    const nowMs = clock.monotonicMs();
    // While there is more in the inbox than is in view, what is missing may just be further on.
    const waitedMs = (row: InboxRow) => nowMs - (heldSinceMs.get(row.seq) ?? nowMs);
    const patience: Patience = {
      isOverdue: (row) => isWhole && waitedMs(row) >= gapWaitMs,
      isSettled: (row) => isWhole && waitedMs(row) >= redeliveryWaitMs,
    };
    try {
      return await takeAll(rows.filter((row) => claimed.has(row.customer)), patience);
    } finally {
      isReleasing = true;
      book.release(claimed);
      isReleasing = false;
    }
  };

  const round = async () => {
    const limit = Math.min(maxRowsPerRound + leftCount, maxRowsInView);
    const rows = await inbox.next(tenure.account, slots, 0, limit);
    leftCount = 0;
    if (rows.length === 0) return;
    const claimed = book.claim(new Set(rows.map((row) => row.customer)));
    isPassedOver = rows.some((row) => !claimed.has(row.customer));
    const readings = await takeClaimed(claimed, rows, rows.length < limit || limit === maxRowsInView);
    for (const { state, broken } of readings) for (const deviceId of broken) options.onBroken(state.customer, state.slot, deviceId);
    const taken = readings.reduce((sum, reading) => sum + reading.taken.length, 0);
    leftCount = rows.length - taken;
    if (rows.length === limit && (taken > 0 || limit < maxRowsInView)) again = true;
    noteHeld(readings);
  };

  const isRoundDue = () => again && isRunnable();

  /** Whether all went well. */
  const run = async (): Promise<boolean> => {
    do {
      again = false;
      try {
        await round();
      } catch (error) {
        if (error instanceof Fenced) {
          options.onFenced(error);
          return false;
        }
        isApart = true;
        options.onTrouble('inbox', error);
        wakeAfter(troublePauseMs);
        return false;
      }
    } while (isRoundDue());
    return true;
  };

  const wake = () => {
    again = true;
    if (running !== undefined || !isRunnable()) return;
    running = run().then((isWell) => {
      running = undefined;
      if (isWell && isRoundDue()) wake();
    });
  };
  book.onReleased(() => {
    if (isPassedOver && !isReleasing) wake();
  });

  return {
    wake,
    async stop() {
      stopped = true;
      cancelWake?.();
      await running;
    },
  };
}
