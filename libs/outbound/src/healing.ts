import type { Clock } from '@multiconnect/clock';
import { type DeviceBook, type Discovery, identityChanges, sessionChanges, withIdentity, withSessions } from '@multiconnect/devices';
import { type EncryptedBatch, Fenced, type Outbox, type ShardTenure } from '@multiconnect/message-store';
import type { LocalDevice } from '@multiconnect/omemo';
import { encryptKeyTransport } from './encrypt.ts';
import type { SendingRules } from './rules.ts';
import type { Wire } from './wire.ts';

/** Fresh sessions with devices that could not be understood. */
export interface Healing {
  /**
   * Resolves when the device has a fresh session, or needs none: a device is healed once in a while, not once for each of
   * its messages. Waits while the customer's ratchets are in use, and while there is no stream.
   */
  request(customer: string, slot: number, deviceId: number): Promise<void>;
  /** Tries what waits. */
  attempt(): void;
  /** Gives up what waits. Resolves when nothing is under way. */
  stop(): Promise<void>;
}

const restMs = 60_000;
const maxAttempts = 5;
const maxRunning = 8;
const retryMs = 1_000;

interface Patient {
  readonly customer: string;
  readonly slot: number;
  readonly deviceId: number;
  readonly done: Promise<unknown>;
  readonly resolve: (done: undefined) => void;
  attempts: number;
  notBeforeMs: number;
}

export function createHealing(options: {
  tenure: ShardTenure;
  domain: string;
  local: LocalDevice;
  outbox: Outbox;
  book: DeviceBook;
  discovery: Discovery;
  wire: Wire;
  rules: () => SendingRules;
  clock: Clock;
  onFenced: (error: Fenced) => void;
  onTrouble: (what: string, error: unknown) => void;
}): Healing {
  const { tenure, domain, local, outbox, book, discovery, wire, clock } = options;
  const patients = new Map<string, Patient>();
  const running = new Set<string>();
  const commits = new Set<Promise<void>>();
  const healedAtMs = new Map<string, number>(); // oldest first

  const forgetOld = () => {
    for (const [key, atMs] of healedAtMs) {
      if (clock.monotonicMs() - atMs < restMs) return;
      healedAtMs.delete(key);
    }
  };

  const commit = async (batch: EncryptedBatch) => {
    const committed = outbox.encrypted(tenure, batch);
    commits.add(committed);
    try {
      await committed;
    } catch (error) {
      wire.doubt();
      throw error;
    } finally {
      commits.delete(committed);
    }
    book.commit(batch.sessions, batch.deviceLists, batch.identities);
    wire.send(batch.messages);
  };

  /** False when the stream has gone meanwhile. */
  const startFresh = async ({ customer, slot, deviceId }: Patient): Promise<boolean> => {
    await book.load([{ customer, slot }]);
    const state = book.get(customer);
    const session = await discovery.startFresh(state, deviceId);
    if (!wire.isOnline) return false;
    if (session === undefined) return true;
    const { id, stanza, devices } = await encryptKeyTransport(local, domain, customer, { deviceId, session });
    const policy = { nowMs: clock.nowMs(), areChangesShown: options.rules().areIdentityChangesShown };
    const identified = withIdentity(withSessions(state, devices), policy);
    book.put(identified);
    const messages = [{ id, seq: 0, slot, stanza }];
    await commit({ messages, sessions: sessionChanges(state, devices), deviceLists: [], identities: identityChanges(identified) });
    return true;
  };

  const end = (key: string, patient: Patient) => {
    patients.delete(key);
    healedAtMs.delete(key);
    healedAtMs.set(key, clock.monotonicMs());
    patient.resolve(undefined);
  };

  const failed = (key: string, patient: Patient, error: unknown) => {
    book.forget([patient.customer]);
    if (error instanceof Fenced) {
      options.onFenced(error);
      return;
    }
    options.onTrouble('heal', error);
    if (!wire.isOnline) return;
    patient.attempts += 1;
    patient.notBeforeMs = clock.monotonicMs() + retryMs * patient.attempts;
    if (patient.attempts >= maxAttempts) end(key, patient);
  };

  const heal = async (key: string, patient: Patient) => {
    running.add(key);
    try {
      if (await startFresh(patient)) end(key, patient);
    } catch (error) {
      failed(key, patient, error);
    } finally {
      running.delete(key);
      book.release([patient.customer]);
    }
  };

  const attempt = () => {
    for (const [key, patient] of patients) {
      if (!wire.isOnline || running.size >= maxRunning) return;
      if (running.has(key) || patient.notBeforeMs > clock.monotonicMs()) continue;
      if (book.claim([patient.customer]).size > 0) void heal(key, patient);
    }
  };

  return {
    async request(customer, slot, deviceId) {
      const key = `${customer}/${deviceId}`;
      forgetOld();
      if (healedAtMs.has(key)) return;
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const patient = patients.get(key) ?? { customer, slot, deviceId, done: promise, resolve, attempts: 0, notBeforeMs: 0 };
      patients.set(key, patient);
      attempt();
      await patient.done;
    },
    attempt,
    async stop() {
      for (const patient of patients.values()) patient.resolve(undefined);
      patients.clear();
      await Promise.allSettled(commits);
    },
  };
}
