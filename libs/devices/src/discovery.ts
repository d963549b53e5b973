import type { Clock } from '@multiconnect/clock';
import { fetchBundle, fetchDeviceList, type LocalDevice, MalformedOmemo, type Requester } from '@multiconnect/omemo';
import { BadPreKeyBundle, type SessionRecord, startSession } from '@multiconnect/signal';
import type { CustomerState } from './customer-state.ts';

/** How a customer is found on the chat network; `failed` when it cannot be told now. */
export type ResolveRecipient = (
  waId: string,
) => Promise<{ readonly status: 'valid'; readonly chatJid: string } | { readonly status: 'invalid' | 'failed' }>;

/** The network's registry cannot tell now who the recipient is: try again later. */
export class RecipientUnresolved extends Error {
  override readonly name = 'RecipientUnresolved';
}

/** What the network says of a customer's devices. */
export type Discovered =
  | { readonly kind: 'found'; readonly state: CustomerState }
  /** The number has an account and no device that can be encrypted to. */
  | { readonly kind: 'no-device' }
  /** The number is not on the network. */
  | { readonly kind: 'no-account' };

export interface Discovery {
  /** True when the list is missing or old, or a listed device has neither a session nor been passed over. */
  isDue(state: CustomerState): boolean;
  /** Asks the network: the device list, and the bundle of each device without a session. Rejects with the stream's errors. */
  discover(state: CustomerState): Promise<Discovered>;
  /** What to go on with while the network cannot be asked; undefined when there is no device to encrypt to. */
  withoutNetwork(state: CustomerState): CustomerState | undefined;
  /** A fresh session with one device, whatever stood before; undefined when it has published no usable bundle. */
  startFresh(state: CustomerState, deviceId: number): Promise<SessionRecord | undefined>;
}

/** How long a known list goes on being used after the network could not be asked for a newer one. */
const askAgainMs = 60_000;

export function createDiscovery(options: {
  local: LocalDevice;
  requester: Requester;
  resolve: ResolveRecipient;
  clock: Clock;
  listMaxAgeMs: number;
  onUnusableDevice: (customer: string, deviceId: number, error: Error) => void;
}): Discovery {
  const { local, requester, resolve, clock } = options;

  const sessionWith = async (state: CustomerState, jid: string, deviceId: number, previous?: SessionRecord) => {
    try {
      const bundle = await fetchBundle(requester, jid, deviceId);
      return bundle === undefined ? undefined : await startSession(local.identity, bundle, previous);
    } catch (error) {
      if (!(error instanceof BadPreKeyBundle) && !(error instanceof MalformedOmemo)) throw error;
      options.onUnusableDevice(state.customer, deviceId, error);
      return undefined;
    }
  };
  const missingSessions = async (state: CustomerState, jid: string, listed: readonly number[]) => {
    const missing = listed.filter((deviceId) => !state.sessions.has(deviceId));
    const started = await Promise.all(missing.map(async (id) => [id, await sessionWith(state, jid, id)] as const));
    return started.flatMap(([id, session]) => (session === undefined ? [] : [[id, session] as const]));
  };
  return {
    isDue(state) {
      if (state.listedAtMs === undefined || state.listed.length === 0) return true;
      if (clock.nowMs() - state.listedAtMs > options.listMaxAgeMs) return true;
      const unmet = state.listed.filter((deviceId) => !state.sessions.has(deviceId));
      return unmet.length === state.listed.length || unmet.some((deviceId) => state.passedOver?.has(deviceId) !== true);
    },
    async discover(state) {
      const recipient = await resolve(state.customer);
      if (recipient.status === 'failed') throw new RecipientUnresolved('the recipient cannot be looked up now');
      if (recipient.status !== 'valid') return { kind: 'no-account' };
      const listed = await fetchDeviceList(requester, recipient.chatJid);
      const sessions = new Map([...state.sessions, ...(await missingSessions(state, recipient.chatJid, listed))]);
      if (!listed.some((deviceId) => sessions.has(deviceId))) return { kind: 'no-device' };
      const passedOver = new Set(listed.filter((deviceId) => !sessions.has(deviceId)));
      return { kind: 'found', state: { ...state, listed, isListStored: false, listedAtMs: clock.nowMs(), sessions, passedOver } };
    },
    withoutNetwork(state) {
      if (state.listedAtMs === undefined || !state.listed.some((deviceId) => state.sessions.has(deviceId))) return undefined;
      const passedOver = new Set(state.listed.filter((deviceId) => !state.sessions.has(deviceId)));
      const askAgainAtMs = clock.nowMs() + askAgainMs;
      return { ...state, passedOver, listedAtMs: Math.max(state.listedAtMs, askAgainAtMs - options.listMaxAgeMs) };
    },
    async startFresh(state, deviceId) {
      const recipient = await resolve(state.customer);
      if (recipient.status !== 'valid') return undefined;
      return sessionWith(state, recipient.chatJid, deviceId, state.sessions.get(deviceId));
    },
  };
}
