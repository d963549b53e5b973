import type { ApiErrorBody } from '@multiconnect/contract';
import { type Discovered, identityChanges, isBlocked, listChanges, reachableDevices, sessionChanges, withIdentity } from '@multiconnect/devices';
import { type AcceptedRow, Fenced } from '@multiconnect/message-store';
import { createAcknowledgements } from './acknowledgements.ts';
import { MessageRefused } from './content.ts';
import { encryptCustomer, type EncryptedCustomer, isPlain } from './encrypt.ts';
import { type FailedRow, failureOf, notFetched, notOnNetwork } from './failures.ts';
import { createHealing } from './healing.ts';
import { createLanes } from './lanes.ts';
import { createLookups } from './lookups.ts';
import { createParking } from './parking.ts';
import { type Sender, type SenderOptions, SourceTrouble } from './ports.ts';
import { createPreparations } from './preparations.ts';
import { refusalOf } from './rules.ts';
import { createSettlement } from './settlement.ts';
import { createSuspects } from './suspects.ts';
import { createWire } from './wire.ts';

type Batch = ReadonlyMap<string, readonly AcceptedRow[]>;

/** How often somebody else's server may fail a message. With the waits in between about a quarter of a minute. */
const maxSourceTroubles = 5;
const sourceRetryMs = 1_000;
/** When this side could not do its part: the chat network's upload service is away, the volume is full. */
const unpreparedRetryMs = 5_000;
/** Age from which a message whose preparation fails on this side becomes a dead letter, as callbacks do. */
const unpreparedDeadMs = 24 * 3_600_000;

/**
 * Sends the accepted messages of one shard. Work goes in rounds, one at a time: load, encrypt, commit, send. Beside them run
 * look-ups of devices, each holding its customer's claim, preparations, each holding its customer's lane, and the commits of
 * acknowledgements.
 */
export function createSender(options: SenderOptions): Sender {
  const { tenure, signal, slots, outbox, book, discovery, limits, onTrouble } = options;
  const lanes = createLanes();
  const settlement = createSettlement();
  const suspects = createSuspects();
  let sweepDue = true;
  let isShort = true; // the last round found less than it could have taken
  let running: Promise<void> | undefined;
  let again = false;
  let stopped = false;
  let before = { looked: 0, isLooking: false, prepared: 0, isPreparing: false }; // at the last sweep
  let isStuck = false; // look-ups ran, and none has ended, from one sweep to the next
  let isSlow = false; // preparations take over half a second
  const stopping = new AbortController();
  const answers = new Set<Promise<void>>();
  const sourceTroubles = new Map<string, number>(); // by message

  const wire = createWire({
    signal,
    pageRows: limits.maxLoaded,
    unacknowledged: (afterSeq, limit) => outbox.unacknowledged(tenure.account, slots, afterSeq, limit),
    onTrouble,
  });
  const isRunnable = () => wire.isOnline && !stopped;

  const drop = (rows: readonly AcceptedRow[]) => {
    const ids = rows.map((row) => row.id);
    lanes.remove(ids);
    settlement.settle(ids);
  };
  const parking = createParking({ tenure, slots, outbox, clock: options.clock, onParked: drop });

  const onFenced = (error: Fenced) => {
    wire.offline();
    settlement.settleAll();
    options.onFenced(error);
  };
  const healing = createHealing({ ...options, wire, onFenced });
  const acknowledgements = createAcknowledgements({
    ...options,
    signal: AbortSignal.any([signal, stopping.signal]),
    onCommitted(ids, moved) {
      wire.settled(ids);
      settlement.settle(ids);
      options.onProgress(moved);
      pump();
    },
    onRetry: (error) => onTrouble('acknowledgements', error),
  });

  // After an error nobody knows what was committed: memory is dropped, and the store asked again.
  const startOver = (what: string, error: unknown) => {
    lanes.clear();
    wire.doubt();
    parking.doubt();
    settlement.doubt();
    sweepDue = true;
    onTrouble(what, error);
  };

  const failEach = async (failures: readonly FailedRow[]) => {
    if (failures.length === 0) return;
    const atMs = options.clock.nowMs();
    await outbox.failed(tenure, failures.map(({ row, error, deadReason }) => ({ id: row.id, error, atMs, ...(deadReason !== undefined && { deadReason }) })));
    drop(failures.map(({ row }) => row));
    for (const { deadReason } of failures) if (deadReason !== undefined) options.onBuried(deadReason);
    options.onProgress([]);
  };
  const fail = (rows: readonly AcceptedRow[], error: ApiErrorBody) => failEach(rows.map((row) => ({ row, error })));
  /** What failed each time it was tried, through no fault of the back end or the customer. */
  const bury = (rows: readonly AcceptedRow[], error: unknown) => failEach(rows.map((row) => failureOf(row, error)));

  /** Settles what came of something that ran beside the rounds. */
  const settleBeside = async (what: string, work: Promise<void>) => {
    const settled = work.catch((error: unknown) => {
      if (error instanceof Fenced) onFenced(error);
      else startOver(what, error);
    });
    answers.add(settled);
    await settled;
    answers.delete(settled);
  };

  const settleAnswer = async (customer: string, answer: Discovered | { kind: 'trouble'; error: unknown }) => {
    if (answer.kind === 'trouble') onTrouble('devices', answer.error);
    if (!isRunnable()) return;
    const state = answer.kind === 'trouble' ? discovery.withoutNetwork(book.get(customer)) : undefined;
    if (answer.kind === 'found') book.put(answer.state);
    else if (state !== undefined) book.put(state);
    else if (answer.kind === 'no-account') await fail(lanes.of(customer), notOnNetwork);
    else await parking.postpone(lanes.of(customer));
  };
  const lookups = createLookups({
    maxRunning: limits.maxDiscoveries,
    ask: (customer) => discovery.discover(book.get(customer)),
    onAnswer: (customer, answer) => settleBeside('devices', settleAnswer(customer, answer)),
    onEnded: (customer) => book.release([customer]),
  });

  const isLongTried = ({ acceptedAtMs }: AcceptedRow) => options.clock.nowMs() - acceptedAtMs >= unpreparedDeadMs;

  /** How long the message waits for its file's server; undefined when it is given up. */
  const waitForSourceMs = ({ id }: AcceptedRow): number | undefined => {
    const count = (sourceTroubles.get(id) ?? 0) + 1;
    if (count < maxSourceTroubles) sourceTroubles.set(id, count);
    else sourceTroubles.delete(id);
    return count < maxSourceTroubles ? sourceRetryMs * 2 ** (count - 1) : undefined;
  };

  // What stands before the message in its lane may be on its way: only from the message on they wait.
  const settleUnprepared = async (row: AcceptedRow, error: unknown) => {
    if (error instanceof MessageRefused) {
      await fail([row], error.body);
      return;
    }
    onTrouble('preparation', error);
    if (!isRunnable()) return;
    const lane = lanes.of(row.customer);
    const waiting = lane.includes(row) ? lane.slice(lane.indexOf(row)) : [];
    const waitMs = error instanceof SourceTrouble ? waitForSourceMs(row) : unpreparedRetryMs;
    if (waitMs === undefined) await fail([row], notFetched);
    else if (isLongTried(row) && !(error instanceof SourceTrouble)) await bury([row], error);
    else await parking.setAside(waiting, waitMs);
  };
  const preparations = createPreparations({
    maxRunning: limits.maxPreparations,
    limitMs: limits.maxPreparationMs,
    preparer: options.preparer,
    clock: options.clock,
    signal: AbortSignal.any([signal, stopping.signal]),
    onFailed: (row, error) => settleBeside('preparation', settleUnprepared(row, error)),
    onEnded: () => pump(),
  });

  // Ids that are not in memory after a whole look at the store wait for nothing: they are not ours, or past `accepted`.
  const fill = async () => {
    if (sweepDue) await parking.unparkDue();
    const isRoom = lanes.size < limits.maxLoaded && (isShort || lanes.size < limits.maxLoaded / 2);
    if (!isRoom || !(sweepDue || settlement.hasFresh)) return;
    sweepDue = false;
    const rows = await outbox.accepted(tenure.account, slots, limits.maxLoaded);
    lanes.add(rows);
    if (rows.length === limits.maxLoaded) sweepDue = true;
    else settlement.look((id) => lanes.has(id) || wire.has(id));
  };

  const parkFollowers = async () => {
    const parked = [...lanes.customers()].filter((customer) => parking.has(customer));
    await parking.follow(parked.flatMap((customer) => lanes.of(customer)));
  };

  const isHeldBack = (customer: string) => lookups.holds(customer) || parking.has(customer);

  /** Customers whose messages this round may take: as many as fill a batch. */
  const choose = (room: number): string[] => {
    const chosen: string[] = [];
    let count = 0;
    for (const customer of lanes.customers()) {
      if (count >= room) break;
      if (isHeldBack(customer) || suspects.has(customer)) continue;
      const ready = preparations.ready(lanes.of(customer));
      if (ready === 0) continue;
      chosen.push(customer);
      count += ready;
    }
    isShort = count < room;
    return chosen;
  };

  const claimSuspect = (): Set<string> | undefined => {
    for (const customer of suspects.all()) {
      if (isHeldBack(customer) || preparations.ready(lanes.of(customer)) === 0) continue;
      const claimed = book.claim([customer]);
      if (claimed.size > 0) return claimed;
    }
    return undefined;
  };

  /** Claimed customers with the messages that this round takes of them: a suspect alone, or any others. */
  const take = (): Map<string, readonly AcceptedRow[]> => {
    const room = Math.min(limits.maxBatch, limits.maxInFlight - wire.inFlight);
    const batch = new Map<string, readonly AcceptedRow[]>();
    if (room <= 0) return batch;
    let left = room;
    for (const customer of claimSuspect() ?? book.claim(choose(room))) {
      const lane = lanes.of(customer);
      const rows = lane.slice(0, Math.min(left, suspects.roomOf(customer), preparations.ready(lane)));
      left -= rows.length;
      if (rows.length > 0) batch.set(customer, rows);
      else book.release([customer]);
    }
    return batch;
  };

  const failPoison = async (encrypted: readonly EncryptedCustomer[]) => {
    const poison = encrypted.flatMap((one) => one.poison);
    for (const { error } of poison) if (!(error instanceof MessageRefused)) onTrouble('message', error);
    await failEach(poison.map(({ row, error }) => failureOf(row, error)));
  };

  /** Notes who the customers are by now. That nothing may be sent to somebody is stored before anything fails for it. */
  const identify = async (customers: Iterable<string>) => {
    const policy = { nowMs: options.clock.nowMs(), areChangesShown: options.rules().areIdentityChangesShown };
    const states = [...customers].map((customer) => withIdentity(book.get(customer), policy));
    for (const state of states) book.put(state);
    const blocked = states.filter((state) => isBlocked(state, policy) && state.isIdentityStored === false);
    if (blocked.length === 0) return;
    const sessions = blocked.flatMap((state) => sessionChanges(state, reachableDevices(state)));
    const deviceLists = blocked.flatMap(listChanges);
    const identities = blocked.flatMap(identityChanges);
    await outbox.encrypted(tenure, { messages: [], sessions, deviceLists, identities });
    book.commit(sessions, deviceLists, identities);
    options.onProgress([]);
  };

  const failRefused = async (batch: Map<string, readonly AcceptedRow[]>) => {
    const rules = options.rules();
    const nowMs = options.clock.nowMs();
    const refused = [...batch].flatMap(([customer, rows]) =>
      rows.flatMap((row) => {
        const error = refusalOf(row, book.get(customer), rules, nowMs);
        return error === undefined ? [] : [{ row, error }];
      }),
    );
    const rowsRefused = new Set(refused.map(({ row }) => row));
    for (const { row } of refused) batch.set(row.customer, (batch.get(row.customer) ?? []).filter((one) => !rowsRefused.has(one)));
    await failEach(refused);
  };

  const commitAndSend = async (batch: Batch) => {
    const encrypted: EncryptedCustomer[] = [];
    for (const [customer, rows] of batch) {
      encrypted.push(await encryptCustomer(options.local, options.domain, book.get(customer), rows, (row) => preparations.contentOf(row)));
    }
    const messages = encrypted.flatMap((one) => one.messages);
    if (messages.length > 0) {
      const sessions = encrypted.flatMap((one) => one.sessions);
      const deviceLists = encrypted.flatMap((one) => one.deviceLists);
      const offers = encrypted.flatMap((one) => one.offers);
      const identities = encrypted.flatMap((one) => one.identities ?? []);
      await outbox.encrypted(tenure, { messages, sessions, deviceLists, offers, identities });
      book.commit(sessions, deviceLists, identities);
      lanes.remove(messages.map((message) => message.id));
      if (sourceTroubles.size > 0) for (const { id } of messages) sourceTroubles.delete(id);
      wire.send(messages);
      options.onSent(encrypted.flatMap((one) => one.sent));
    }
    await failPoison(encrypted);
  };

  /** Begins the look-ups that are due: their customers stay held, or are let go until there is room for a look-up. */
  const lookUpDue = (batch: Map<string, readonly AcceptedRow[]>) => {
    for (const [customer, rows] of [...batch]) {
      if (isPlain(rows) || !discovery.isDue(book.get(customer))) continue;
      batch.delete(customer);
      if (!lookups.begin(customer)) book.release([customer]);
    }
  };

  /** Whether the store takes writes: then a write that fails is its own fault. */
  const isStoreWell = async () => {
    try {
      await outbox.encrypted(tenure, { messages: [], sessions: [], deviceLists: [] });
      return true;
    } catch (error) {
      if (error instanceof Fenced) throw error;
      return false;
    }
  };

  // What fails in company is tried alone; what fails alone while the store is well waits, and in the end is given up.
  const blame = async (batch: Batch, error: unknown) => {
    suspects.add(batch.keys());
    const [only, ...others] = batch;
    if (only === undefined || others.length > 0 || error instanceof Fenced || !(await isStoreWell())) throw error;
    const [customer, rows] = only;
    startOver('customer', error);
    if (suspects.halve(customer, rows.length)) return;
    if (suspects.isGivenUp(customer)) await bury(rows, error);
    else await parking.postpone(rows);
  };

  const work = async (batch: Map<string, readonly AcceptedRow[]>) => {
    const claimed = new Set(batch.keys());
    try {
      await book.load([...batch].map(([customer, rows]) => ({ customer, slot: rows[0]?.slot ?? 0 })));
      await identify(batch.keys());
      await failRefused(batch);
      lookUpDue(batch);
      await commitAndSend(batch);
      for (const customer of batch.keys()) suspects.acquit(customer, lanes.of(customer).length > 0);
    } catch (error) {
      book.forget(batch.keys());
      await blame(batch, error);
    } finally {
      book.release([...claimed].filter((customer) => batch.has(customer)));
    }
  };

  /** Customers whose messages can leave memory so that others may move. */
  const idle = (): readonly string[] => {
    const customers = [...lanes.customers()];
    const isUnprepared = (customer: string) => preparations.ready(lanes.of(customer)) === 0;
    if (!customers.every((customer) => lookups.holds(customer) || isUnprepared(customer))) return [];
    const lookedUp = isStuck ? customers.filter((customer) => lookups.holds(customer)) : [];
    return isSlow ? [...lookedUp, ...beyondHalf(customers.filter((customer) => !lookups.holds(customer)))] : lookedUp;
  };

  /** Those whose messages do not fit into half of the memory, who are being prepared before who waits for it. */
  const beyondHalf = (customers: readonly string[]): readonly string[] => {
    const inLine = customers.filter((customer) => !preparations.isRunning(customer));
    let count = 0;
    return [...customers.filter((customer) => preparations.isRunning(customer)), ...inLine].filter((customer) => {
      count += lanes.of(customer).length;
      return count > limits.maxLoaded / 2;
    });
  };

  // Memory full of customers that wait for look-ups and files would keep everybody else's messages out.
  const makeRoom = async () => {
    const customers = lanes.size < limits.maxLoaded ? [] : idle();
    if (customers.length === 0) return;
    isStuck = false;
    isSlow = false;
    await parking.setAside(customers.flatMap((customer) => lanes.of(customer)));
    sweepDue = true;
    again = true;
  };

  const round = async () => {
    await wire.recover();
    await parking.ensureKnown();
    await fill();
    await parkFollowers();
    if (!isRunnable()) return;
    const batch = take();
    if (batch.size === 0) {
      await makeRoom();
      return;
    }
    again = true;
    await work(batch);
  };

  const isRoundDue = () => again && isRunnable();

  /** Whether all went well. */
  const run = async (): Promise<boolean> => {
    do {
      again = false;
      try {
        await round();
      } catch (error) {
        if (error instanceof Fenced) onFenced(error);
        else startOver('round', error);
        return false;
      }
    } while (isRoundDue());
    return true;
  };

  const pump = () => {
    again = true;
    if (running !== undefined || !isRunnable()) return;
    running = run().then((isWell) => {
      running = undefined;
      if (isWell && isRoundDue()) pump(); // after a failure the next sweep, hint or acknowledgement tries again
    });
  };
  book.onReleased(() => {
    healing.attempt();
    pump();
  });

  return {
    online(outlet) {
      if (stopped) return;
      wire.online(outlet);
      sweepDue = true;
      healing.attempt();
      pump();
    },
    offline() {
      wire.offline();
    },
    async hint(ids) {
      if (stopped || signal.aborted) return;
      const settled = settlement.wait(ids);
      pump();
      await settled;
    },
    acknowledged(ids) {
      acknowledgements.add(ids).catch((error: unknown) => {
        if (error instanceof Fenced) onFenced(error);
        else onTrouble('acknowledgements', error);
      });
    },
    async heal(customer, slot, deviceId) {
      if (!stopped) await healing.request(customer, slot, deviceId);
    },
    sweep() {
      sweepDue = true;
      const now = { looked: lookups.ended, isLooking: lookups.isBusy, prepared: preparations.ended, isPreparing: preparations.isBusy };
      isStuck = before.isLooking && now.looked === before.looked;
      isSlow = before.isPreparing && now.prepared - before.prepared < limits.maxPreparations * 2;
      before = now;
      healing.attempt();
      pump();
    },
    get backlog() {
      return lanes.size + wire.inFlight;
    },
    async stop() {
      stopped = true;
      stopping.abort();
      wire.offline();
      settlement.settleAll();
      await running;
      await Promise.all([acknowledgements.drain(), healing.stop(), ...answers]);
    },
  };
}
