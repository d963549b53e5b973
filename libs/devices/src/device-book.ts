import type { DeviceList, DeviceSession, MessageStore, SessionChange } from '@multiconnect/message-store';
import type { RemoteDevice } from '@multiconnect/omemo';
import { remoteIdentityKey, type SessionRecord } from '@multiconnect/signal';
import type { CustomerState } from './customer-state.ts';
import { identityKeysOf } from './identity.ts';

/**
 * The ratchets of a shard's customers: one owner of what changes with every message.
 *
 * INVARIANT: between the reading of a session and the commit of its successor nobody else uses it. Whoever encrypts or
 * decrypts for a customer holds the customer's claim from `load` to `commit` or `forget`.
 */
export interface DeviceBook {
  /** Those of the customers that were free; they are held until released. */
  claim(customers: Iterable<string>): Set<string>;
  release(customers: Iterable<string>): void;
  /** Called after every release. */
  onReleased(fn: () => void): void;
  /** Brings claimed customers into memory. */
  load(customers: Iterable<{ customer: string; slot: number }>): Promise<void>;
  /** A loaded customer. */
  get(customer: string): CustomerState;
  /** A state that will be committed with the next message: sessions just started, a list just fetched. */
  put(state: CustomerState): void;
  /** The store has these now. */
  commit(
    sessions: readonly DeviceSession[],
    lists: readonly { readonly customer: string }[],
    identities?: readonly { readonly customer: string }[],
  ): void;
  /** The outcome of a commit is unknown, or the state was not stored: read it again next time. */
  forget(customers: Iterable<string>): void;
}

/** A customer's devices that have a session, in the order of the published list. */
export function reachableDevices(state: CustomerState): RemoteDevice[] {
  return state.listed.flatMap((deviceId) => {
    const session = state.sessions.get(deviceId);
    return session === undefined ? [] : [{ deviceId, session }];
  });
}

export function sessionChanges(state: CustomerState, devices: readonly RemoteDevice[]): SessionChange[] {
  const { customer, slot } = state;
  return devices.map((device) => ({ customer, slot, deviceId: device.deviceId, record: device.session }));
}

/** The device list of a state, when the store does not have it yet. */
export function listChanges(state: CustomerState): (DeviceList & { readonly slot: number })[] {
  const { customer, slot, listed, listedAtMs } = state;
  if (state.isListStored || listedAtMs === undefined) return [];
  return [{ customer, slot, devices: listed, fetchedAtMs: listedAtMs }];
}

/** The state after some of its sessions have moved on. */
export function withSessions(state: CustomerState, devices: readonly RemoteDevice[]): CustomerState {
  const sessions = new Map(state.sessions);
  for (const device of devices) sessions.set(device.deviceId, device.session);
  return { ...state, sessions };
}

/** A stored session that cannot be read is as good as none: a fresh one is started with the device. */
function readable(sessions: readonly DeviceSession[]): Map<number, SessionRecord> {
  const records = new Map<number, SessionRecord>();
  for (const session of sessions) {
    const record = session.record as SessionRecord;
    if (isReadable(record)) records.set(session.deviceId, record);
  }
  return records;
}

function isReadable(record: SessionRecord): boolean {
  try {
    return remoteIdentityKey(record).length > 0;
  } catch {
    return false;
  }
}

export function createDeviceBook(options: {
  account: number;
  ratchets: MessageStore['ratchets'];
  /** Customers kept in memory; the least recently used ones leave first. */
  maxCustomers: number;
}): DeviceBook {
  const { account, ratchets, maxCustomers } = options;
  const states = new Map<string, CustomerState>();
  const claimed = new Set<string>();
  const listeners: (() => void)[] = [];

  const evict = () => {
    for (const customer of states.keys()) {
      if (states.size <= maxCustomers) return;
      if (!claimed.has(customer)) states.delete(customer);
    }
  };
  // The back end acknowledges an identity in the store: who waits for that is read again each time.
  const letGo = (customer: string) => {
    const state = states.get(customer);
    if (state?.identity?.isAcknowledged === false && state.isIdentityStored !== false) states.delete(customer);
  };
  const put = (state: CustomerState) => {
    states.delete(state.customer); // to the end: most recently used
    states.set(state.customer, state);
  };
  return {
    claim(customers) {
      const free = new Set<string>();
      for (const customer of customers) if (!claimed.has(customer)) free.add(customer);
      for (const customer of free) claimed.add(customer);
      return free;
    },
    release(customers) {
      let isFreed = false;
      for (const customer of customers) {
        letGo(customer);
        isFreed = claimed.delete(customer) || isFreed;
      }
      if (!isFreed) return;
      evict();
      for (const listener of listeners) listener();
    },
    onReleased: (fn) => void listeners.push(fn),
    async load(customers) {
      const missing = [...customers].filter(({ customer }) => !states.has(customer));
      if (missing.length === 0) return;
      const slots = new Map(missing.map(({ customer, slot }) => [customer, slot]));
      for (const { customer, list, sessions, identity, heardAtMs } of await ratchets.load(account, missing)) {
        const records = readable(sessions);
        put({
          customer,
          slot: slots.get(customer) ?? 0,
          listed: list?.devices ?? [],
          isListStored: true,
          sessions: records,
          identityKeys: identityKeysOf(records.values()),
          ...(identity !== undefined && { identity }),
          ...(heardAtMs !== undefined && { heardAtMs }),
          ...(list === undefined ? {} : { listedAtMs: list.fetchedAtMs }),
        });
      }
    },
    get(customer) {
      const state = states.get(customer);
      if (state === undefined) throw new Error('a customer is used before it is loaded');
      return state;
    },
    put,
    commit(sessions, lists, identities = []) {
      for (const { customer } of identities) {
        const state = states.get(customer);
        if (state !== undefined) put({ ...state, isIdentityStored: true });
      }
      for (const { customer } of lists) {
        const state = states.get(customer);
        if (state !== undefined) put({ ...state, isListStored: true });
      }
      for (const { customer, deviceId, record } of sessions) {
        const state = states.get(customer);
        if (state !== undefined) put(withSessions(state, [{ deviceId, session: record as SessionRecord }]));
      }
    },
    forget(customers) {
      for (const customer of customers) states.delete(customer);
    },
  };
}
