import { createPostgresShardMap, LeaseLost, type LostReason, type ShardLease } from '@multiconnect/cluster';
import type { NodeConfig } from '@multiconnect/config';
import { controlShard, errorBody } from '@multiconnect/contract';
import type { OwnedShard } from '@multiconnect/garbage';
import type { CriticalErrors } from '@multiconnect/health';
import type { CoreappStatistics } from '@multiconnect/statistics';
import { createErrorLog, type Logger, withContext } from '@multiconnect/telemetry';
import { openChatLine } from './chat-line.ts';
import { createChatLines } from './chat-lines.ts';
import type { Connections } from './connections.ts';
import { startControlShard } from './control-shard.ts';
import { startMessageShard } from './message-shard.ts';
import type { CoreappMetrics } from './metrics.ts';
import { chatResource, type ShardContext, type ShardService, type StopKind } from './shard-service.ts';

/** The shards that this coreapp serves now. */
export interface Shards {
  acquire(lease: ShardLease): Promise<void>;
  lose(lease: ShardLease): Promise<void>;
  /** Opens the chat connections of shards that are about to be owned. Resolves when they stand or cannot. */
  prepare(account: number, shards: readonly number[]): Promise<void>;
  /** Cuts the connections that no shard uses. */
  close(): void;
  services(): readonly ShardService[];
  owned(): readonly OwnedShard[];
  /** Rows for these slots have come into the inbox; without slots: they may have. */
  wakeInbox(account?: number, slots?: ReadonlySet<number>): void;
  /** Resolves once every service works by the settings as they stand now. */
  refreshSettings(): Promise<void>;
}

const conflictText = 'Conflict: Detected multiple instances that share the same number';
const unregisteredText = 'Unregistered: the chat network refuses the credentials of this number, register it again';

export interface ShardsOptions {
  readonly config: NodeConfig;
  readonly connections: Connections;
  readonly criticalErrors: CriticalErrors;
  readonly metrics: CoreappMetrics;
  readonly statistics: CoreappStatistics;
  readonly log: Logger;
}

export function createShards({ config, connections, criticalErrors, metrics, statistics, log }: ShardsOptions): Shards {
  const { store, inboxWake, mapPool } = connections;
  const shardMap = createPostgresShardMap(mapPool);
  const running = new Map<string, ShardService>();
  const leaseOf = new Map<ShardService, ShardLease>();
  const lines = createChatLines({ open: openChatLine, clock: connections.clock });
  const onConflictCheckFailed = createErrorLog(log, 'conflict not looked into');
  const keyOf = ({ account, shard }: ShardLease) => `${account}/${shard}`;
  const conflictKey = ({ shard, epoch }: ShardLease) => `conflict-${shard}-${epoch}`;
  const unregisteredKey = ({ shard }: ShardLease) => `unregistered-${shard}`;

  const wakeInbox: Shards['wakeInbox'] = (account, slots) => {
    for (const service of running.values()) {
      if (account !== undefined && leaseOf.get(service)?.account !== account) continue;
      if (slots === undefined || service.slots.some((slot) => slots.has(slot))) service.wakeInbox();
    }
  };

  const announceInbox = (account: number, slots: ReadonlySet<number>) => {
    wakeInbox(account, slots);
    const local = new Set([...running.values()].flatMap((service) => service.slots));
    const remote = new Set([...slots].filter((slot) => !local.has(slot)));
    if (remote.size > 0) inboxWake.publish(account, remote);
  };

  /** A write that finds the epoch gone says nothing of who has the shard now: after a regrouping it may be this process. */
  const isStillOurs = async ({ account, shard, owner }: ShardLease): Promise<boolean> => {
    const rows = await shardMap.read(account).catch(() => []);
    return rows.some((row) => row.shard === shard && row.owner === owner);
  };
  const stopKindOf = async (lease: ShardLease, why: LostReason | undefined): Promise<StopKind> => {
    if (why === 'regrouped') return 'hand-over';
    if (why !== 'fenced') return 'in-order';
    return (await isStillOurs(lease)) ? 'hand-over' : 'at-once';
  };

  const isOwned = async ({ account, shard, epoch, signal }: ShardLease) => {
    const row = (await shardMap.read(account)).find((one) => one.shard === shard);
    return row?.epoch === epoch && !signal.aborted;
  };
  const assertOwned = async (lease: ShardLease) => {
    if (!(await isOwned(lease))) lease.fence('the shard has a newer owner');
    lease.signal.throwIfAborted();
  };

  // A conflict after a change of owner is the fence at work. One under an epoch that still stands is another cluster's.
  const lookIntoConflict = async (lease: ShardLease) => {
    if (!(await isOwned(lease))) {
      lease.fence('the chat server gave the resource to a newer owner');
      return;
    }
    criticalErrors.begin(conflictKey(lease), errorBody('generic', conflictText));
  };

  const contextOf = async (lease: ShardLease): Promise<ShardContext> => {
    const { chat, identity } = await store.accounts.read(lease.account);
    if (chat === undefined || identity === undefined) throw new Error(`account ${lease.account} is not registered`);
    const { deviceId, registrationId, identityPublicKey, identityPrivateKey } = identity;
    return {
      lease,
      config,
      connections,
      lines,
      credentials: chat,
      local: {
        deviceId,
        identity: { registrationId, identityKeyPair: { publicKey: identityPublicKey, privateKey: identityPrivateKey } },
      },
      metrics,
      statistics,
      log: withContext(log, { account: lease.account, shard: lease.shard, epoch: lease.epoch }),
      announceInbox: (slots) => announceInbox(lease.account, slots),
      assertOwned: () => assertOwned(lease),
      onConflict: () => {
        lookIntoConflict(lease).catch(onConflictCheckFailed);
      },
      onUnregistered: () => criticalErrors.begin(unregisteredKey(lease), errorBody('notReady', unregisteredText)),
    };
  };

  return {
    async acquire(lease) {
      const context = await contextOf(lease);
      context.log.info('shard acquired');
      const service = await (lease.shard === controlShard ? startControlShard(context) : startMessageShard(context));
      running.set(keyOf(lease), service);
      leaseOf.set(service, lease);
      metrics.owned.set({ shard: String(lease.shard) }, 1);
    },
    async lose(lease) {
      const service = running.get(keyOf(lease));
      running.delete(keyOf(lease));
      criticalErrors.end(conflictKey(lease));
      criticalErrors.end(unregisteredKey(lease));
      metrics.owned.remove({ shard: String(lease.shard) });
      const reason: unknown = lease.signal.reason;
      const why = reason instanceof LeaseLost ? reason.reason : undefined;
      if (why === 'fenced') metrics.fenced.inc();
      log.info({ account: lease.account, shard: lease.shard, epoch: lease.epoch, reason: String(reason) }, 'shard lost');
      await service?.stop(await stopKindOf(lease, why));
    },
    async prepare(account, shards) {
      const { chat } = await store.accounts.read(account);
      if (chat === undefined) return;
      const credentials = chat;
      const wanted = shards.map((shard) => ({ config, credentials, resource: chatResource(shard), log: withContext(log, { account, shard }), statistics }));
      await lines.prepare(wanted, async ({ resource }) => {
        const there = await shardMap.read(account);
        return !there.some(({ shard }) => chatResource(shard) === resource);
      });
    },
    close: () => lines.close(),
    services: () => [...running.values()],
    owned: () =>
      [...running.values()].flatMap((service) => {
        const tenure = leaseOf.get(service);
        return tenure === undefined ? [] : [{ tenure, slots: service.slots }];
      }),
    wakeInbox,
    async refreshSettings() {
      await Promise.all([...running.values()].map((service) => service.refreshSettings()));
    },
  };
}
