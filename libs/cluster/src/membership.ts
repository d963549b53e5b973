import type { Cancel, Clock } from '@multiconnect/clock';
import { within } from './deadline.ts';

export type NodeRole = 'master' | 'coreapp';

/** A process of the cluster, in one boot. */
export interface NodeIdentity {
  /** `hostname:instance`, the same at every boot. */
  readonly id: string;
  /** Unlike that of any other boot: `newBoot()`. */
  readonly boot: string;
  readonly role: NodeRole;
  readonly host: string;
  /** Where it answers calls from other processes. */
  readonly port: number;
  readonly metricsPort?: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

/**
 * Whether a node can do an owner's work: `proven` while everything it needs answers, `impaired` when something has not for a while,
 * `unproven` while it has nothing to show either way, as a spare.
 */
export type Fitness = 'proven' | 'unproven' | 'impaired';

/** What a node says about itself every `heartbeatIntervalMs`. */
export interface Heartbeat extends NodeIdentity {
  /** Counts the beats of this boot: a reader knows by it that a heartbeat is a new one. */
  readonly beat: number;
  /** It wants its shards to be owned by others. */
  readonly draining: boolean;
  /** Missing in the heartbeats of versions that did not tell. */
  readonly fitness?: Fitness;
  /** The shards it serves, as `account/shard`. */
  readonly shards: readonly string[];
}

/** A node as the database knows it. */
export type RegisteredNode = Pick<NodeIdentity, 'id' | 'role' | 'host' | 'port' | 'startedAt'> & { readonly ageMs: number };

/** The latest heartbeat of each node, for `ttlMs` each. May be emptied at any time; every beat brings a node back. */
export interface HeartbeatStore {
  beat(heartbeat: Heartbeat, ttlMs: number): Promise<void>;
  readNodes(): Promise<readonly Heartbeat[]>;
  /** Removes the heartbeat of this boot, and none of a later one. */
  remove(node: Pick<NodeIdentity, 'id' | 'boot'>): Promise<void>;
}

const defaultRegisterEveryMs = 5_000;
/** A registration that missed this many renewals stands in nobody's way. */
export const registrationLapsesMs = 3 * defaultRegisterEveryMs;

/**
 * The nodes in the database: where processes find each other while Redis is away. A later boot of a node wins over an earlier, and any
 * boot over one that has lapsed.
 */
export interface NodeRegistry {
  register(node: NodeIdentity): Promise<void>;
  /** Nodes that registered within `maxAgeMs`, by the store's clock. */
  listNodes(maxAgeMs: number): Promise<readonly RegisteredNode[]>;
  /** Removes this boot's registration, and none of a later one. */
  remove(node: Pick<NodeIdentity, 'id' | 'startedAt'>): Promise<void>;
}

export interface MembershipOptions {
  readonly heartbeats: HeartbeatStore;
  readonly registry: NodeRegistry;
  readonly clock: Clock;
  readonly node: NodeIdentity;
  readonly heartbeatIntervalMs?: number;
  readonly heartbeatTtlMs?: number;
  readonly registerEveryMs?: number;
  /** What the next beat says. */
  readonly status: () => Pick<Heartbeat, 'draining' | 'fitness' | 'shards'>;
  /** A beat or a registration failed; the next is tried at its time. */
  readonly onError: (error: unknown) => void;
}

export interface Membership {
  /** Beats now: after a change that others should not learn of an interval later, such as draining. */
  beatNow(): Promise<void>;
  /** Ends the beats and removes the node from both stores. */
  stop(): Promise<void>;
}

/** Makes this process a member until stopped. A beat or registration under way is never overtaken by the next. */
export function runMembership(options: MembershipOptions): Membership {
  const { heartbeats, registry, clock, node, onError } = options;
  const { heartbeatIntervalMs = 300, heartbeatTtlMs = 2000, registerEveryMs = defaultRegisterEveryMs } = options;
  let beats = 0;

  const beat = createSingleFlight(async () => {
    beats += 1;
    const heartbeat: Heartbeat = { ...node, ...options.status(), beat: beats };
    await within(clock, heartbeatTtlMs, heartbeats.beat(heartbeat, heartbeatTtlMs));
  }, onError);
  const register = createSingleFlight(() => registry.register(node), onError);

  const cancels: readonly Cancel[] = [
    clock.every(heartbeatIntervalMs, () => void beat.start()),
    clock.every(registerEveryMs, () => void register.start()),
  ];
  void beat.start();
  void register.start();

  return {
    beatNow: async () => {
      await beat.idle();
      await beat.start();
    },
    stop: async () => {
      for (const cancel of cancels) cancel();
      await Promise.all([beat.idle(), register.idle()]);
      await Promise.all([
        within(clock, heartbeatTtlMs, heartbeats.remove(node)).catch(onError),
        registry.remove(node).catch(onError),
      ]);
    },
  };
}

/** Starts work only when the same work is not under way; never before its caller has returned, which may still be wiring what it needs. */
function createSingleFlight(work: () => Promise<void>, onError: (error: unknown) => void) {
  let current: Promise<void> | undefined;
  return {
    start: (): Promise<void> => {
      current ??= Promise.resolve()
        .then(work)
        .catch(onError)
        .finally(() => {
          current = undefined;
        });
      return current;
    },
    idle: () => current ?? Promise.resolve(),
  };
}
