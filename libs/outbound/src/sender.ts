import { type ApiErrorBody, errorBody } from '@multiconnect/contract';
import type { Discovered } from '@multiconnect/devices';
import { type AcceptedRow, Fenced } from '@multiconnect/message-store';
import { createAcknowledgements } from './acknowledgements.ts';
import { encryptCustomer, type EncryptedCustomer, isPlain } from './encrypt.ts';
import { createHealing } from './healing.ts';
import { createLanes } from './lanes.ts';
import { createLookups } from './lookups.ts';
import { createParking } from './parking.ts';
import type { Sender, SenderOptions } from './ports.ts';
import { createSettlement } from './settlement.ts';
import { createSuspects } from './suspects.ts';
import { createWire } from './wire.ts';

type Batch = ReadonlyMap<string, readonly AcceptedRow[]>;

const notOnNetwork = errorBody('invalidUser', 'The recipient is not on the network');
const notSendable = errorBody('genericCallback', 'The message cannot be sent');

/**
 * Sends the accepted messages of one shard. Work goes in rounds, one at a time: load, encrypt, commit, send. Beside them run
 * look-ups of devices, each holding its customer's claim, and the commits of acknowledgements.
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
  let endedBefore = 0;
  let isStuck = false; // no look-up has ended from one sweep to the next
  const stopping = new AbortController();
  const answers = new Set<Promise<void>>();

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

  const fail = async (rows: readonly AcceptedRow[], error: ApiErrorBody) => {
    if (rows.length === 0) return;
    const atMs = options.clock.nowMs();
    await outbox.failed(tenure, rows.map((row) => ({ id: row.id, error, atMs })));
    drop(rows);
    options.onProgress([]);
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
    async onAnswer(customer, answer) {
      const settled = settleAnswer(customer, answer).catch((error: unknown) => {
        if (error instanceof Fenced) onFenced(error);
        else startOver('devices', error);
      });
      answers.add(settled);
      await settled;
      answers.delete(settled);
    },
    onEnded: (customer) => book.release([customer]),
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
      chosen.push(customer);
      count += lanes.of(customer).length;
    }
    isShort = count < room;
    return chosen;
  };

  const claimSuspect = (): Set<string> | undefined => {
    for (const customer of suspects.all()) {
      if (lanes.of(customer).length === 0 || isHeldBack(customer)) continue;
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
      const rows = lanes.of(customer).slice(0, left);
      left -= rows.length;
      if (rows.length > 0) batch.set(customer, rows);
      else book.release([customer]);
    }
    return batch;
  };

  const failPoison = async (encrypted: readonly EncryptedCustomer[]) => {
    const poison = encrypted.flatMap((one) => one.poison);
    for (const { error } of poison) onTrouble('message', error);
    await fail(poison.map(({ row }) => row), notSendable);
  };

  const commitAndSend = async (batch: Batch) => {
    const encrypted: EncryptedCustomer[] = [];
    for (const [customer, rows] of batch) {
      encrypted.push(await encryptCustomer(options.local, options.domain, book.get(customer), rows));
    }
    const messages = encrypted.flatMap((one) => one.messages);
    if (messages.length > 0) {
      const sessions = encrypted.flatMap((one) => one.sessions);
      const deviceLists = encrypted.flatMap((one) => one.deviceLists);
      await outbox.encrypted(tenure, { messages, sessions, deviceLists });
      book.commit(sessions, deviceLists);
      lanes.remove(messages.map((message) => message.id));
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
    if (suspects.isGivenUp(customer)) await fail(rows, notSendable);
    else await parking.postpone(rows);
  };

  const work = async (batch: Map<string, readonly AcceptedRow[]>) => {
    const claimed = new Set(batch.keys());
    try {
      await book.load([...batch].map(([customer, rows]) => ({ customer, slot: rows[0]?.slot ?? 0 })));
      lookUpDue(batch);
      await commitAndSend(batch);
      suspects.clear(batch.keys());
    } catch (error) {
      book.forget(batch.keys());
      await blame(batch, error);
    } finally {
      book.release([...claimed].filter((customer) => batch.has(customer)));
    }
  };

  // Memory full of customers that wait for slow look-ups would keep everybody else's messages out.
  const makeRoom = async () => {
    const customers = [...lanes.customers()];
    if (!isStuck || lanes.size < limits.maxLoaded || !customers.every((customer) => lookups.holds(customer))) return;
    isStuck = false;
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
      isStuck = lookups.ended === endedBefore;
      endedBefore = lookups.ended;
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
