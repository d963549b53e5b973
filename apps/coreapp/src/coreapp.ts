import { hostname } from 'node:os';
import {
  createPostgresNodeRegistry,
  createPostgresShardMap,
  createRedisHeartbeatStore,
  createRedisNodesWake,
  createRedisShardMapWake,
  newBoot,
  ownerId,
  runMembership,
  runOwnership,
} from '@multiconnect/cluster';
import type { NodeConfig } from '@multiconnect/config';
import { watch } from '@multiconnect/health';
import { untilUsable } from '@multiconnect/message-store';
import { startRpcServer } from '@multiconnect/rpc';
import { followLogLevel } from '@multiconnect/settings';
import { createCoreappStatistics } from '@multiconnect/statistics';
import { createErrorLog, type Logger, raiseLogLevel, type Running, startMetricsServer } from '@multiconnect/telemetry';
import { type Connections, openConnections } from './connections.ts';
import { coreappChecks, tellCriticalErrors } from './critical-errors.ts';
import { watchFitness } from './fitness.ts';
import { runGarbage } from './garbage.ts';
import { readCoreappHealth } from './health.ts';
import { createCoreappMetrics } from './metrics.ts';
import { createShards, type Shards } from './shards.ts';
import { statisticsHandlers } from './statistics.ts';
import { readCoreappSupport } from './support.ts';
import { followWebhookAuthorities } from './webhook-authorities.ts';

/** The business number that a cluster has. */
const accountId = 1;
const drainTimeoutMs = 3_000;
const schemaWaitMs = 60_000;

interface Ports {
  readonly rpc: number;
  readonly metrics: number;
}

const nodeIdOf = (config: NodeConfig) => `${config.nodeName}:${hostname()}`;

async function joinCluster(config: NodeConfig, connections: Connections, shards: Shards, ports: Ports, log: Logger) {
  const { clock, redis, subscriber, mapPool, store, inboxWake } = connections;
  const node = {
    id: nodeIdOf(config),
    boot: newBoot(),
    role: 'coreapp' as const,
    host: config.rpcAdvertisedHost ?? config.rpcHost,
    port: ports.rpc,
    metricsPort: ports.metrics,
    startedAt: clock.nowMs(),
  };
  const nodesWake = createRedisNodesWake(redis, subscriber, config.redisPrefix);
  let draining = false;
  const ownedShards = () => ownership.owned().map(({ account, shard }) => `${account}/${shard}`);
  const registeredAccounts = async () => {
    const accounts = await store.accounts.list();
    return accounts.filter((account) => account.state === 'registered').map((account) => account.id);
  };
  await inboxWake.subscribe((account, slots) => shards.wakeInbox(account, slots));
  const shardMap = createPostgresShardMap(mapPool);
  const fitness = watchFitness({
    clock,
    askDatabase: () => shardMap.read(accountId),
    services: () => shards.services(),
    onError: createErrorLog(log, 'database does not answer'),
  });
  const ownership = runOwnership({
    shardMap,
    wake: createRedisShardMapWake(redis, subscriber, config.redisPrefix),
    clock,
    owner: ownerId(node),
    accounts: registeredAccounts,
    onAcquired: (lease) => shards.acquire(lease),
    onLost: (lease) => shards.lose(lease),
    requestRelease: async () => {
      draining = true;
      await membership.beatNow();
      await nodesWake.publish();
    },
    onError: createErrorLog(log, 'shard map not followed'),
  });
  const membership = runMembership({
    heartbeats: createRedisHeartbeatStore(redis, config.redisPrefix),
    registry: createPostgresNodeRegistry(mapPool),
    clock,
    node,
    status: () => ({ draining, fitness: fitness.fitness(), shards: ownedShards() }),
    onError: createErrorLog(log, 'heartbeat failed'),
  });
  return { ownership, membership, fitness };
}

/** Throws StoreUnusable when the database cannot be used. */
export async function startCoreapp(config: NodeConfig, log: Logger): Promise<Running> {
  const statistics = createCoreappStatistics();
  const connections = openConnections(config, (...ended) => statistics.statement(...ended), log);
  const { store, contacts } = connections;
  const metrics = createCoreappMetrics(config.nodeName);
  const node = nodeIdOf(config);
  const criticalErrors = tellCriticalErrors(accountId, node, connections, log);
  const shards = createShards({ config, connections, criticalErrors, metrics, statistics, log });
  const garbage = runGarbage({ account: accountId, config, connections, shards, node, log });
  const health = () => readCoreappHealth({ accounts: store.accounts, shards, criticalErrors });
  await untilUsable(store, {
    clock: connections.clock,
    limitMs: schemaWaitMs,
    onWaiting: (reason) => log.warn({ reason }, 'waiting for the store'),
  });
  const authorities = followWebhookAuthorities(connections, createErrorLog(log, 'webhook authorities not read'));
  const rpcServer = await startRpcServer({
    host: config.rpcHost,
    port: config.rpcPort,
    clusterSecret: config.clusterSecret,
    log,
    handlers: statistics.counted({
      'health.get': health,
      'support.get': async () => readCoreappSupport(accountId, config, connections, await health()),
      ...garbage.handlers,
      ...statisticsHandlers({ account: accountId, connections, shards, statistics, metrics, log }),
      'settings.changed': async () => {
        await Promise.all([authorities.refresh(), shards.refreshSettings()]);
        return {};
      },
      'shards.prepare': async ({ account, shards: wanted }) => {
        await shards.prepare(account, wanted);
        return {};
      },
      'contacts.check': ({ account, contacts: numbers, wait, forceCheck }) => contacts.check({ account, numbers, wait, forceCheck }),
    }),
  });
  let isDraining = false;
  const metricsServer = await startMetricsServer({
    host: config.metricsHost,
    port: config.metricsPort,
    registry: metrics.registry,
    ready: () => !isDraining,
  });
  const ports = { rpc: rpcServer.port, metrics: metricsServer.port };
  const onError = createErrorLog(log, 'log level not read');
  const stopLogLevel = followLogLevel({ settings: store.settings, account: accountId, clock: connections.clock, onLevel: (level) => raiseLogLevel(log, level), onError });
  const { ownership, membership, fitness } = await joinCluster(config, connections, shards, ports, log);
  const stopWatching = watch(connections.clock, coreappChecks(accountId, config, connections, shards), criticalErrors);
  return {
    details: { rpc_port: ports.rpc, metrics_port: ports.metrics },
    async stop() {
      isDraining = true;
      stopLogLevel();
      stopWatching();
      criticalErrors.stop();
      await garbage.stop();
      const left = await ownership.drain(drainTimeoutMs);
      if (left.length > 0) log.warn({ shards: left.length }, 'leaving with shards that nobody took');
      await ownership.stop();
      shards.close();
      fitness.stop();
      authorities.stop();
      await membership.stop();
      await Promise.all([rpcServer.close(), metricsServer.close()]);
      await connections.close();
    },
  };
}
