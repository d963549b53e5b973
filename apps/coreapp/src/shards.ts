import { createPostgresShardMap, LeaseLost, type ShardLease } from '@multiconnect/cluster';
import type { NodeConfig } from '@multiconnect/config';
import { controlShard, errorBody } from '@multiconnect/contract';
import { createErrorLog, type Logger, withContext } from '@multiconnect/telemetry';
import type { Connections } from './connections.ts';
import { startControlShard } from './control-shard.ts';
import { startMessageShard } from './message-shard.ts';
import type { CoreappMetrics } from './metrics.ts';
import type { ShardContext, ShardService } from './shard-service.ts';

/** The shards that this coreapp serves now. */
export interface Shards {
  acquire(lease: ShardLease): Promise<void>;
  lose(lease: ShardLease): Promise<void>;
  services(): readonly ShardService[];
  /** Rows for these slots have come into the inbox; without slots: they may have. */
  wakeInbox(account?: number, slots?: ReadonlySet<number>): void;
  /** Resolves once every service works by the settings as they stand now. */
  refreshSettings(): Promise<void>;
  readonly problem: string | undefined;
}

const conflictText = 'Conflict: Detected multiple instances that share the same number';

export function createShards(options: { config: NodeConfig; connections: Connections; metrics: CoreappMetrics; log: Logger }): Shards {
  const { config, connections, metrics, log } = options;
  const { store, inboxWake, mapPool } = connections;
  const shardMap = createPostgresShardMap(mapPool);
  const running = new Map<string, ShardService>();
  const accountOf = new Map<ShardService, number>();
  const onConflictCheckFailed = createErrorLog(log, 'conflict not looked into');
  let problem: string | undefined;

  const keyOf = ({ account, shard }: ShardLease) => `${account}/${shard}`;

  const wakeInbox: Shards['wakeInbox'] = (account, slots) => {
    for (const service of running.values()) {
      if (account !== undefined && accountOf.get(service) !== account) continue;
      if (slots === undefined || service.slots.some((slot) => slots.has(slot))) service.wakeInbox();
    }
  };

  const announceInbox = (account: number, slots: ReadonlySet<number>) => {
    wakeInbox(account, slots);
    const local = new Set([...running.values()].flatMap((service) => service.slots));
    const remote = new Set([...slots].filter((slot) => !local.has(slot)));
    if (remote.size > 0) inboxWake.publish(account, remote);
  };

  // A conflict after a change of owner is the fence at work. One under an epoch that still stands is another cluster's.
  const lookIntoConflict = async (lease: ShardLease) => {
    const row = (await shardMap.read(lease.account)).find((one) => one.shard === lease.shard);
    if (row?.epoch !== lease.epoch || lease.signal.aborted) {
      lease.fence('the chat server gave the resource to a newer owner');
      return;
    }
    problem = conflictText;
    log.error({ account: lease.account, shard: lease.shard }, conflictText);
    const errors = [errorBody('generic', conflictText)];
    await store.callbacks.raise(lease.account, `conflict-${lease.shard}-${lease.epoch}`, { kind: 'error', errors });
  };

  const contextOf = async (lease: ShardLease): Promise<ShardContext> => {
    const { chat, identity } = await store.accounts.read(lease.account);
    if (chat === undefined || identity === undefined) throw new Error(`account ${lease.account} is not registered`);
    const { deviceId, registrationId, identityPublicKey, identityPrivateKey } = identity;
    return {
      lease,
      config,
      connections,
      credentials: chat,
      local: {
        deviceId,
        identity: { registrationId, identityKeyPair: { publicKey: identityPublicKey, privateKey: identityPrivateKey } },
      },
      metrics,
      log: withContext(log, { account: lease.account, shard: lease.shard, epoch: lease.epoch }),
      announceInbox: (slots) => announceInbox(lease.account, slots),
      onConflict: () => {
        lookIntoConflict(lease).catch(onConflictCheckFailed);
      },
    };
  };

  return {
    async acquire(lease) {
      const context = await contextOf(lease);
      context.log.info('shard acquired');
      const service = await (lease.shard === controlShard ? startControlShard(context) : startMessageShard(context));
      running.set(keyOf(lease), service);
      accountOf.set(service, lease.account);
      metrics.owned.set({ shard: String(lease.shard) }, 1);
    },
    async lose(lease) {
      const service = running.get(keyOf(lease));
      running.delete(keyOf(lease));
      metrics.owned.set({ shard: String(lease.shard) }, 0);
      const reason: unknown = lease.signal.reason;
      const isFenced = reason instanceof LeaseLost && reason.reason === 'fenced';
      if (isFenced) metrics.fenced.inc();
      log.info({ account: lease.account, shard: lease.shard, epoch: lease.epoch, reason: String(reason) }, 'shard lost');
      await service?.stop(isFenced ? 'at-once' : 'in-order');
    },
    services: () => [...running.values()],
    wakeInbox,
    async refreshSettings() {
      await Promise.all([...running.values()].map((service) => service.refreshSettings()));
    },
    get problem() {
      return problem;
    },
  };
}
