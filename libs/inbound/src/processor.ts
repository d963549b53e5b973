import type { Clock } from '@multiconnect/clock';
import { type DeviceBook, listChanges, sessionChanges } from '@multiconnect/devices';
import {
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
import { readCustomer, type Reading } from './reading.ts';

export interface ProcessorOptions {
  readonly tenure: ShardTenure;
  /** Aborted when the tenure ends. */
  readonly signal: AbortSignal;
  readonly slots: readonly number[];
  readonly local: LocalDevice;
  readonly inbox: Inbox;
  readonly preKeys: PreKeys;
  readonly book: DeviceBook;
  readonly reported: () => ReportedStatuses;
  readonly clock: Clock;
  /** Committed: receipts go out, callbacks are due. */
  readonly onReceived: (received: {
    readonly receipts: Reading['receipts'];
    readonly messages: number;
    readonly moved: readonly Moved[];
    readonly hasUsedPreKeys: boolean;
  }) => void;
  /** A device could not be understood: it needs a fresh session. */
  readonly onBroken: (customer: string, slot: number, deviceId: number) => void;
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
const gapWaitMs = 2_000;
const heldPollMs = 200;
const troublePauseMs = 500;

function byCustomer(rows: readonly InboxRow[]): Map<string, InboxRow[]> {
  const groups = new Map<string, InboxRow[]>();
  for (const row of rows) {
    const group = groups.get(row.customer);
    if (group === undefined) groups.set(row.customer, [row]);
    else group.push(row);
  }
  return groups;
}

function receivedOf(readings: readonly Reading[]): Received {
  return {
    taken: readings.flatMap((reading) => reading.taken.map((row) => row.seq)),
    messages: readings.flatMap((reading) => reading.messages),
    sessions: readings.flatMap(({ state, movedDevices }) =>
      sessionChanges(
        state,
        movedDevices.flatMap((deviceId) => {
          const session = state.sessions.get(deviceId);
          return session === undefined ? [] : [{ deviceId, session }];
        }),
      ),
    ),
    usedPreKeys: readings.flatMap((reading) => reading.usedPreKeys),
    deviceLists: readings.flatMap((reading) => listChanges(reading.state)),
    changes: readings.flatMap((reading) => reading.changes),
    failures: readings.flatMap((reading) => reading.failures),
  };
}

/**
 * Takes stanzas from the inbox: decrypts them in the order their senders wrote them and commits ratchet, message, callback
 * and the removal from the inbox in one transaction under the epoch.
 */
export function createProcessor(options: ProcessorOptions): Processor {
  const { tenure, signal, slots, inbox, book, clock } = options;
  let running: Promise<void> | undefined;
  let again = false;
  let heldCount = 0;
  let isPassedOver = false; // rows were left because their customer's ratchets were in use
  let isReleasing = false;
  let stopped = false;

  const isRunnable = () => !stopped && !signal.aborted;

  const wakeAfter = (ms: number) => {
    clock.after(ms, wake);
  };

  const read = async (rows: readonly InboxRow[]): Promise<Reading[]> => {
    const groups = byCustomer(rows);
    await book.load([...groups].map(([customer, group]) => ({ customer, slot: group[0]?.slot ?? 0 })));
    const context = { account: tenure.account, local: options.local, preKeys: options.preKeys, nowMs: clock.nowMs(), gapWaitMs };
    const readings: Reading[] = [];
    for (const [customer, group] of groups) readings.push(await readCustomer(context, book.get(customer), group));
    return readings;
  };

  const commit = async (readings: readonly Reading[]) => {
    const received = receivedOf(readings);
    if (received.taken.length === 0) return;
    const moved = await inbox.take(tenure, received, options.reported());
    for (const reading of readings) book.put({ ...reading.state, isListStored: true });
    options.onReceived({
      receipts: readings.flatMap((reading) => reading.receipts),
      messages: received.messages.length,
      moved,
      hasUsedPreKeys: received.usedPreKeys.length > 0,
    });
  };

  const healBroken = (readings: readonly Reading[]) => {
    for (const { state, broken } of readings) for (const deviceId of broken) options.onBroken(state.customer, state.slot, deviceId);
  };

  const round = async () => {
    const rows = await inbox.next(tenure.account, slots, 0, maxRowsPerRound + heldCount);
    if (rows.length === 0) return;
    const claimed = book.claim(new Set(rows.map((row) => row.customer)));
    isPassedOver = rows.some((row) => !claimed.has(row.customer));
    let readings: Reading[] = [];
    try {
      readings = await read(rows.filter((row) => claimed.has(row.customer)));
      await commit(readings);
    } catch (error) {
      book.forget(claimed);
      throw error;
    } finally {
      isReleasing = true;
      book.release(claimed);
      isReleasing = false;
    }
    healBroken(readings);
    const taken = readings.reduce((sum, reading) => sum + reading.taken.length, 0);
    heldCount = rows.length - taken;
    if (taken > 0 && rows.length >= maxRowsPerRound) again = true;
    if (readings.some((reading) => reading.held.length > 0)) wakeAfter(heldPollMs);
  };

  const isRoundDue = () => again && isRunnable();

  const run = async () => {
    do {
      again = false;
      try {
        await round();
      } catch (error) {
        if (error instanceof Fenced) {
          options.onFenced(error);
          return;
        }
        options.onTrouble('inbox', error);
        wakeAfter(troublePauseMs);
        return;
      }
    } while (isRoundDue());
  };

  const wake = () => {
    again = true;
    if (running !== undefined || !isRunnable()) return;
    running = run().finally(() => {
      running = undefined;
    });
  };
  book.onReleased(() => {
    if (isPassedOver && !isReleasing) wake();
  });

  return {
    wake,
    async stop() {
      stopped = true;
      await running;
    },
  };
}
