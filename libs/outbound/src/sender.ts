import type { Clock } from '@multiconnect/clock';
import { errorBody } from '@multiconnect/contract';
import {
  type DeviceBook,
  type Discovered,
  type Discovery,
  listChanges,
  reachableDevices,
  sessionChanges,
  withSessions,
} from '@multiconnect/devices';
import {
  type AcceptedRow,
  type Encrypted,
  type EncryptedBatch,
  Fenced,
  type Moved,
  type Outbox,
  type ReportedStatuses,
  type ShardTenure,
} from '@multiconnect/message-store';
import type { LocalDevice } from '@multiconnect/omemo';
import { createAcknowledgements } from './acknowledgements.ts';
import { encryptKeyTransport, encryptRow } from './encrypt.ts';
import { createLanes } from './lanes.ts';
import { createSettlement } from './settlement.ts';

/** Where stanzas leave: the shard's stream. Writes at once, in order; throws when the stream has closed. */
export interface Outlet {
  send(stanza: string, id: string): void;
}

export interface SenderOptions {
  readonly tenure: ShardTenure;
  /** Aborted when the tenure ends. */
  readonly signal: AbortSignal;
  readonly slots: readonly number[];
  /** The chat network's domain: customers are `+<wa_id>@domain`. */
  readonly domain: string;
  readonly local: LocalDevice;
  readonly outbox: Outbox;
  readonly book: DeviceBook;
  readonly discovery: Discovery;
  readonly reported: () => ReportedStatuses;
  readonly clock: Clock;
  readonly limits: SenderLimits;
  /** Rows were written that callbacks may come of. */
  readonly onProgress: (moved: readonly Moved[]) => void;
  readonly onSent: (rows: readonly AcceptedRow[]) => void;
  readonly onFenced: (error: Fenced) => void;
  readonly onTrouble: (what: string, error: unknown) => void;
}

export interface SenderLimits {
  /** Accepted messages held in memory. */
  readonly maxLoaded: number;
  /** Messages encrypted and committed together. */
  readonly maxBatch: number;
  /** Messages on their way to the server without an acknowledgement. */
  readonly maxInFlight: number;
  /** Customers whose devices are looked up at the same time. */
  readonly maxDiscoveries: number;
}

export const defaultSenderLimits: SenderLimits = { maxLoaded: 2_000, maxBatch: 128, maxInFlight: 2_000, maxDiscoveries: 32 };

export interface Sender {
  /** A new stream stands: first what was committed and not acknowledged goes out again, then what is new. */
  online(outlet: Outlet): void;
  offline(): void;
  /** Resolves when these messages are past `accepted`, or wait for something other than their turn. */
  hint(ids: readonly string[]): Promise<void>;
  acknowledged(ids: readonly string[]): void;
  /** Starts a fresh session with a device that could not be understood. */
  heal(customer: string, slot: number, deviceId: number): Promise<void>;
  /** To be called about every second: finds what no hint named and what was parked. */
  sweep(): void;
  /** Messages in memory that are not acknowledged yet. */
  readonly backlog: number;
  /** Resolves when no work of this sender is under way. */
  stop(): Promise<void>;
}

const recoverPage = 500;
const parkInitialMs = 1_000;
const parkMaxMs = 300_000;

export function createSender(options: SenderOptions): Sender {
  const { tenure, signal, slots, domain, outbox, book, discovery, clock, limits } = options;
  const lanes = createLanes();
  const settlement = createSettlement();
  const inFlight = new Set<string>();
  const parked = new Map<string, number>();
  const discovering = new Set<string>();
  const undiscovered = new Set<string>(); // left for later because too many look-ups ran
  let outlet: Outlet | undefined;
  let recovered = false;
  let sweepDue = true;
  let isParkedKnown = false;
  let running: Promise<void> | undefined;
  let again = false;

  const acknowledgements = createAcknowledgements({
    ...options,
    onCommitted(ids, moved) {
      for (const id of ids) {
        inFlight.delete(id);
        settlement.settle(id);
      }
      options.onProgress(moved);
      pump();
    },
    onRetry: (error) => options.onTrouble('acknowledgements', error),
  });

  const fence = (error: Fenced) => {
    outlet = undefined;
    settlement.settleAll();
    options.onFenced(error);
  };

  const isRunnable = () => outlet !== undefined && !signal.aborted;

  // After an error nobody knows what was committed: memory is dropped, and the store asked again.
  const startOver = (what: string, error: unknown) => {
    lanes.clear();
    recovered = false;
    isParkedKnown = false;
    sweepDue = true;
    options.onTrouble(what, error);
  };

  const transmit = (stanza: string, id: string) => {
    inFlight.add(id);
    try {
      outlet?.send(stanza, id);
    } catch (error) {
      // The stream has just closed: the ciphertext is stored, and goes out on the next stream.
      outlet = undefined;
      options.onTrouble('stream', error);
    }
  };

  const recover = async () => {
    for (let afterSeq = -1; isRunnable(); ) {
      const rows = await outbox.unacknowledged(tenure.account, slots, afterSeq, recoverPage);
      for (const row of rows) if (!inFlight.has(row.id)) transmit(row.stanza, row.id);
      if (rows.length < recoverPage) break;
      afterSeq = rows.at(-1)?.seq ?? afterSeq;
    }
    recovered = outlet !== undefined;
  };

  const loadParked = async () => {
    parked.clear();
    for (const { customer, retryAtMs } of await outbox.parkedCustomers(tenure.account, slots)) parked.set(customer, retryAtMs);
    isParkedKnown = true;
  };

  const unparkDue = async () => {
    const nowMs = clock.nowMs();
    if (![...parked.values()].some((retryAtMs) => retryAtMs <= nowMs)) return;
    for (const customer of await outbox.unpark(tenure, slots, nowMs)) parked.delete(customer);
    for (const [customer, retryAtMs] of parked) if (retryAtMs <= nowMs) parked.delete(customer);
  };

  const fill = async () => {
    if (sweepDue) await unparkDue();
    const fresh = settlement.takeFresh();
    if (lanes.size < limits.maxLoaded && (sweepDue || fresh.length > 0)) {
      sweepDue = false;
      const rows = await outbox.accepted(tenure.account, slots, limits.maxLoaded);
      lanes.add(rows);
      if (rows.length === limits.maxLoaded) sweepDue = true;
    }
    for (const id of fresh) if (!lanes.has(id) && !inFlight.has(id)) settlement.settle(id);
  };

  const park = async (rows: readonly AcceptedRow[], retryAtMs: number) => {
    const [first] = rows;
    if (first === undefined) return;
    await outbox.parked(
      tenure,
      rows.map((row) => ({ id: row.id, retryAtMs, attempts: row.attempts + 1 })),
    );
    parked.set(first.customer, retryAtMs);
    drop(rows);
  };

  const drop = (rows: readonly AcceptedRow[]) => {
    lanes.remove(rows.map((row) => row.id));
    for (const row of rows) settlement.settle(row.id);
  };

  const fail = async (rows: readonly AcceptedRow[]) => {
    const error = errorBody('invalidUser', 'The recipient is not on the network');
    const atMs = clock.nowMs();
    await outbox.failed(tenure, rows.map((row) => ({ id: row.id, error, atMs })));
    drop(rows);
    options.onProgress([]);
  };

  const parkWithBackoff = async (customer: string) => {
    const rows = lanes.of(customer);
    const attempts = Math.max(0, ...rows.map((row) => row.attempts));
    await park(rows, clock.nowMs() + Math.min(parkInitialMs * 2 ** attempts, parkMaxMs));
  };

  const discoverable = async (customer: string): Promise<Discovered | undefined> => {
    try {
      return await discovery.discover(book.get(customer));
    } catch (error) {
      options.onTrouble('devices', error);
      return undefined;
    }
  };

  // Runs beside the rounds: the customer stays claimed, and its lane is left alone, until the network has answered.
  const discoverDevices = async (customer: string) => {
    try {
      const discovered = await discoverable(customer);
      if (discovered?.kind === 'found') book.put(discovered.state);
      else if (discovered?.kind === 'no-account') await fail(lanes.of(customer));
      else if (isRunnable()) await parkWithBackoff(customer);
    } catch (error) {
      if (error instanceof Fenced) fence(error);
      else startOver('devices', error);
    } finally {
      discovering.delete(customer);
      book.release([customer]);
    }
  };

  const isHeldBack = (customer: string) =>
    discovering.has(customer) ||
    parked.has(customer) ||
    (undiscovered.has(customer) && discovering.size >= limits.maxDiscoveries);

  /** Claimed customers with the messages that this round takes of them. */
  const take = async () => {
    const room = Math.min(limits.maxBatch, limits.maxInFlight - inFlight.size);
    const wanted: string[] = [];
    let count = 0;
    for (const customer of lanes.customers()) {
      if (count >= room) break;
      if (isHeldBack(customer)) continue;
      wanted.push(customer);
      count += lanes.of(customer).length;
    }
    const claimed = book.claim(wanted);
    const rowsOf = new Map<string, readonly AcceptedRow[]>();
    let left = room;
    for (const customer of claimed) {
      const rows = lanes.of(customer).slice(0, Math.max(left, 0));
      left -= rows.length;
      if (rows.length > 0) rowsOf.set(customer, rows);
      else book.release([customer]);
    }
    await book.load([...rowsOf].map(([customer, rows]) => ({ customer, slot: rows[0]?.slot ?? 0 })));
    return rowsOf;
  };

  const beginDiscovery = (customer: string): boolean => {
    if (discovering.size >= limits.maxDiscoveries) {
      undiscovered.add(customer);
      return false;
    }
    undiscovered.delete(customer);
    discovering.add(customer);
    void discoverDevices(customer);
    return true;
  };

  const encryptCustomer = async (customer: string, rows: readonly AcceptedRow[]) => {
    let state = book.get(customer);
    const messages: Encrypted[] = [];
    for (const row of rows) {
      const { stanza, devices } = await encryptRow(options.local, domain, row, reachableDevices(state));
      messages.push({ id: row.id, seq: row.seq, slot: row.slot, stanza });
      state = withSessions(state, devices);
    }
    const isRatchetMoved = rows.some((row) => row.type !== 'read-marker');
    const sessions = isRatchetMoved ? sessionChanges(state, reachableDevices(state)) : [];
    return { messages, sessions, deviceLists: listChanges(state) };
  };

  const commitAndSend = async (rowsOf: ReadonlyMap<string, readonly AcceptedRow[]>) => {
    if (rowsOf.size === 0) return;
    const encrypted: EncryptedBatch[] = [];
    for (const [customer, rows] of rowsOf) encrypted.push(await encryptCustomer(customer, rows));
    const messages = encrypted.flatMap((one) => one.messages);
    const sessions = encrypted.flatMap((one) => one.sessions);
    const deviceLists = encrypted.flatMap((one) => one.deviceLists);
    await outbox.encrypted(tenure, { messages, sessions, deviceLists });
    book.commit(sessions, deviceLists);
    const rows = [...rowsOf.values()].flat();
    lanes.remove(rows.map((row) => row.id));
    for (const message of messages) transmit(message.stanza, message.id);
    options.onSent(rows);
  };

  const parkFollowers = async () => {
    for (const customer of [...lanes.customers()]) {
      const retryAtMs = parked.get(customer);
      if (retryAtMs !== undefined) await park(lanes.of(customer), retryAtMs);
    }
  };

  const round = async () => {
    if (!recovered) await recover();
    if (!isParkedKnown) await loadParked();
    await fill();
    await parkFollowers();
    if (!isRunnable()) return;
    const rowsOf = await take();
    const releasable = new Set(rowsOf.keys());
    try {
      for (const [customer, rows] of [...rowsOf]) {
        if (rows.every((row) => row.type === 'read-marker') || !discovery.isDue(book.get(customer))) continue;
        rowsOf.delete(customer);
        if (beginDiscovery(customer)) releasable.delete(customer);
      }
      await commitAndSend(rowsOf);
      if (rowsOf.size > 0) again = true;
    } catch (error) {
      book.forget(rowsOf.keys());
      throw error;
    } finally {
      book.release(releasable);
    }
  };

  const isRoundDue = () => again && isRunnable();

  const run = async () => {
    do {
      again = false;
      try {
        await round();
      } catch (error) {
        if (error instanceof Fenced) fence(error);
        else startOver('round', error);
        return;
      }
    } while (isRoundDue());
  };

  const pump = () => {
    again = true;
    if (running !== undefined || !isRunnable()) return;
    running = run().finally(() => {
      running = undefined;
      if (recovered && isRoundDue()) pump();
    });
  };
  book.onReleased(() => {
    pump();
  });

  return {
    online(next) {
      outlet = next;
      recovered = false;
      sweepDue = true;
      inFlight.clear();
      pump();
    },
    offline() {
      outlet = undefined;
    },
    hint(ids) {
      const settled = settlement.wait(ids);
      pump();
      return settled;
    },
    acknowledged(ids) {
      acknowledgements.add(ids).catch((error: unknown) => {
        if (error instanceof Fenced) fence(error);
        else options.onTrouble('acknowledgements', error);
      });
    },
    async heal(customer, slot, deviceId) {
      if (!isRunnable() || book.claim([customer]).size === 0) return;
      try {
        await book.load([{ customer, slot }]);
        const state = book.get(customer);
        const session = await discovery.startFresh(state, deviceId);
        if (session === undefined) return;
        const { id, stanza, devices } = await encryptKeyTransport(options.local, domain, customer, { deviceId, session });
        const sessions = sessionChanges(state, devices);
        await outbox.encrypted(tenure, { messages: [{ id, seq: 0, slot, stanza }], sessions, deviceLists: [] });
        book.commit(sessions, []);
        transmit(stanza, id);
      } catch (error) {
        book.forget([customer]);
        if (error instanceof Fenced) fence(error);
        else options.onTrouble('heal', error);
      } finally {
        book.release([customer]);
      }
    },
    sweep() {
      sweepDue = true;
      pump();
    },
    get backlog() {
      return lanes.size + inFlight.size;
    },
    async stop() {
      outlet = undefined;
      settlement.settleAll();
      await running;
    },
  };
}
