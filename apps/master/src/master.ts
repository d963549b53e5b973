import { hostname } from 'node:os';
import { systemClock } from '@multiconnect/clock';
import {
  createPostgresNodeRegistry,
  createPostgresShardMap,
  createPostgresTermStore,
  createRedisHeartbeatStore,
  createRedisLeaseStore,
  createRedisNodesWake,
  createRedisShardMapWake,
  newBoot,
  ownerId,
  runMembership,
  runNodeWatch,
} from '@multiconnect/cluster';
import type { NodeConfig } from '@multiconnect/config';
import { ApiError, controlShard, type NodeSupport } from '@multiconnect/contract';
import { describeNode, freeBytesAt } from '@multiconnect/health';
import { type MessageStore, openMessageStore, type StatementObserver, untilUsable } from '@multiconnect/message-store';
import { connectRedis } from '@multiconnect/queue';
import { createRegistration, createRegistryClient } from '@multiconnect/registration';
import { createRpcClient, type RpcHandlers, startRpcServer } from '@multiconnect/rpc';
import { generateIdentity } from '@multiconnect/signal';
import { followLogLevel } from '@multiconnect/settings';
import { createProcessStatistics } from '@multiconnect/statistics';
import { createErrorLog, type Logger, raiseLogLevel, type Running, startMetricsServer } from '@multiconnect/telemetry';
import { createSeal } from '@multiconnect/vault';
import pg from 'pg';
import { accountId } from './account.ts';
import { type ClusterFacts, readMasterHealth } from './health.ts';
import { type Leadership, runLeadership } from './leadership.ts';
import { createMasterMetrics, type MasterMetrics } from './metrics.ts';
import { createPrepareShards } from './prepare-shards.ts';
import { statisticsHandlers } from './statistics.ts';

const defaultStoreConnections = 4;
const maxMapConnections = 4;
const databaseTimeoutMs = 3000;
/** A master that starts while the database is away, or is being recovered, waits for it. */
const databaseWaitMs = 60_000;
const prepareTimeoutMs = 5000;

function openConnections(config: NodeConfig, onStatement: StatementObserver, log: Logger) {
  const clock = systemClock;
  const onConnectionLost = createErrorLog(log, 'database connection lost');
  const applicationName = `multiconnect-${config.nodeName}`;
  const store = openMessageStore({ connection: config.postgres, seal: createSeal(config.sealKey), maxConnections: config.storeConnections ?? defaultStoreConnections, applicationName, onConnectionLost, onStatement });
  const pool = new pg.Pool({
    ...config.postgres,
    max: maxMapConnections,
    application_name: applicationName,
    connectionTimeoutMillis: databaseTimeoutMs,
    query_timeout: databaseTimeoutMs,
  });
  pool.on('error', onConnectionLost);
  const onRedisError = createErrorLog(log, 'Redis connection lost');
  const redis = connectRedis(config.redisUrl, 'fail', onRedisError);
  const subscriber = connectRedis(config.redisUrl, 'wait', onRedisError);
  const registry = createRegistryClient(config.registryUrl);
  const rpc = createRpcClient({ clusterSecret: config.clusterSecret, timeoutMs: prepareTimeoutMs });
  return {
    clock,
    store,
    pool,
    redis,
    subscriber,
    registry,
    rpc,
    async close() {
      rpc.close();
      redis.disconnect();
      subscriber.disconnect();
      await Promise.all([pool.end(), store.close(), registry.close()]);
    },
  };
}

type Connections = ReturnType<typeof openConnections>;

/** What the calls of other processes see of this one. */
interface MasterState {
  isInitialized: boolean;
  leadership?: Leadership;
}

function createHandlers(config: NodeConfig, { clock, store, pool, registry }: Connections, state: MasterState, log: Logger): RpcHandlers {
  const shardMap = createPostgresShardMap(pool);
  const isLeading = () => state.leadership?.isLeading() === true;
  const registration = createRegistration({
    account: accountId,
    accounts: store.accounts,
    pins: store.pins,
    registry,
    generateIdentity,
    onChanged: () => state.leadership?.accountsChanged(),
    log,
  });

  async function readFacts(): Promise<ClusterFacts> {
    const [account, shards] = await Promise.all([store.accounts.read(accountId), shardMap.read(accountId)]);
    const hasControlOwner = shards.some(({ shard, owner }) => shard === controlShard && owner !== null);
    return { isRegistered: account.state === 'registered', hasControlOwner };
  }

  function asLeader<Request, Answer>(handle: (request: Request) => Promise<Answer>): (request: Request) => Promise<Answer> {
    return (request) => (isLeading() ? handle(request) : Promise.reject(new ApiError('notPrimaryMaster')));
  }

  const health = () => readMasterHealth({ isInitialized: () => state.isInitialized, isLeading, readFacts });

  async function support(): Promise<NodeSupport> {
    const [account, versions] = await Promise.all([store.accounts.read(accountId), store.housekeeping.versions()]);
    const directories = { data: config.dataDir, logs: config.logDir ?? process.cwd(), media: config.mediaDir };
    return describeNode({ env: process.env, nowMs: clock.nowMs(), health: await health(), account, versions, directories, freeBytes: freeBytesAt });
  }

  return {
    'health.get': health,
    'support.get': support,
    'registration.request-code': asLeader((request) => registration.requestCode(request)),
    'registration.verify': asLeader((request) => registration.verify(request)),
    'registration.set-shards': asLeader((request) => registration.setShards(request)),
    'registration.set-pin': asLeader((request) => registration.setPin(request)),
  };
}

interface Ports {
  readonly rpc: number;
  readonly metrics: number;
}

function joinCluster(config: NodeConfig, { clock, store, pool, redis, rpc, subscriber }: Connections, ports: Ports, metrics: MasterMetrics, log: Logger) {
  const node = {
    id: `${config.nodeName}:${hostname()}`,
    boot: newBoot(),
    role: 'master' as const,
    host: config.rpcAdvertisedHost ?? config.rpcHost,
    port: ports.rpc,
    metricsPort: ports.metrics,
    startedAt: clock.nowMs(),
  };
  const heartbeats = createRedisHeartbeatStore(redis, config.redisPrefix);
  const registered = createPostgresNodeRegistry(pool);
  const membership = runMembership({
    heartbeats,
    registry: registered,
    clock,
    node,
    status: () => ({ draining: false, shards: [] }),
    onError: createErrorLog(log, 'heartbeat failed'),
  });
  const watch = runNodeWatch({ heartbeats, clock, onError: createErrorLog(log, 'heartbeats not read') });
  const leadership = runLeadership({
    accounts: store.accounts,
    clock,
    nodes: watch,
    nodesWake: createRedisNodesWake(redis, subscriber, config.redisPrefix),
    holder: ownerId(node),
    leaseStore: createRedisLeaseStore(redis, config.redisPrefix),
    log,
    metrics,
    prepare: createPrepareShards({ nodes: registered, rpc, timeoutMs: prepareTimeoutMs, onUnprepared: createErrorLog(log, 'a coreapp did not get ready for its shards') }),
    shardMap: createPostgresShardMap(pool),
    terms: createPostgresTermStore(pool),
    wake: createRedisShardMapWake(redis, subscriber, config.redisPrefix),
  });
  return { membership, leadership, watch };
}

const upToDate = (store: MessageStore, log: Logger) =>
  untilUsable(
    {
      check: async () => {
        await store.migrate();
        await store.check();
      },
    },
    { clock: systemClock, limitMs: databaseWaitMs, onWaiting: (reason) => log.warn({ reason }, 'waiting for the store') },
  );

/** Throws StoreUnusable when the database cannot be used. */
export async function startMaster(config: NodeConfig, log: Logger): Promise<Running> {
  const statistics = createProcessStatistics();
  const metrics = createMasterMetrics(config.nodeName);
  const connections = openConnections(config, (...ended) => statistics.statement(...ended), log);
  const state: MasterState = { isInitialized: false };
  const handlers = statistics.counted({
    ...createHandlers(config, connections, state, log),
    ...statisticsHandlers({ statistics, metrics, store: connections.store, isLeading: () => state.leadership?.isLeading() === true }),
  });
  const rpcServer = await startRpcServer({ host: config.rpcHost, port: config.rpcPort, clusterSecret: config.clusterSecret, handlers, log });
  const metricsServer = await startMetricsServer({
    host: config.metricsHost,
    port: config.metricsPort,
    registry: metrics.registry,
    ready: () => state.isInitialized,
  });
  const ports: Ports = { rpc: rpcServer.port, metrics: metricsServer.port };
  await upToDate(connections.store, log);
  const { clock, store } = connections;
  const onError = createErrorLog(log, 'log level not read');
  const stopLogLevel = followLogLevel({ settings: store.settings, account: accountId, clock, onLevel: (level) => raiseLogLevel(log, level), onError });
  const { membership, leadership, watch } = joinCluster(config, connections, ports, metrics, log);
  state.leadership = leadership;
  state.isInitialized = true;
  return {
    details: { rpc_port: ports.rpc, metrics_port: ports.metrics },
    async stop() {
      state.isInitialized = false;
      stopLogLevel();
      await leadership.stop();
      await watch.stop();
      await membership.stop();
      await Promise.all([rpcServer.close(), metricsServer.close()]);
      await connections.close();
    },
  };
}
