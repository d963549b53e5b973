import { createBackupService } from '@multiconnect/backup';
import { createCertificateAdministration } from '@multiconnect/certificates';
import { systemClock } from '@multiconnect/clock';
import { createPostgresNodeRegistry, createPostgresShardMap } from '@multiconnect/cluster';
import type { WebappConfig } from '@multiconnect/config';
import { createEgressRule } from '@multiconnect/egress';
import { createContactChecks, createRegistryLookup } from '@multiconnect/contacts';
import { clusterHealth } from '@multiconnect/health';
import { createDirectoryFiles, createMediaLibrary } from '@multiconnect/media';
import { type Certificates, openMessageStore, untilUsable } from '@multiconnect/message-store';
import { createProfileAdministration } from '@multiconnect/profile';
import { connectRedis, createOutboundQueues } from '@multiconnect/queue';
import { createRedisTokens } from '@multiconnect/rate-limit';
import { createRpcClient } from '@multiconnect/rpc';
import { createApplicationSettings, createSettingsReader, followLogLevel } from '@multiconnect/settings';
import type { Logger, Running } from '@multiconnect/telemetry';
import { createMetrics, raiseLogLevel, startMetricsServer } from '@multiconnect/telemetry';
import { createRegistryPackSource } from '@multiconnect/templates';
import { createUserService } from '@multiconnect/users';
import { createSeal } from '@multiconnect/vault';
import pg from 'pg';
import { createAccountReader } from './account-reader.ts';
import { createCachedReader } from './cached-reader.ts';
import { type ServedCertificate, sharedCertificate, standInCertificate } from './certificate.ts';
import { followCertificate } from './certificate-follower.ts';
import { createClusterCalls } from './cluster-calls.ts';
import { createComposer } from './composer.ts';
import { startApplication } from './http/application.ts';
import { createWebStatistics } from './http/web-statistics.ts';
import { createOperations } from './operations.ts';
import { createOutageLog } from './outage-log.ts';
import { createOverload } from './overload.ts';
import { createApiRateLimiter } from './rate-limits.ts';
import { createSendableMedia } from './sendable-media.ts';
import type { Services } from './services.ts';
import { createTemplateMessages } from './template-messages.ts';
import { createTemplatePacing } from './template-pacing.ts';

const processName = 'webapp';
/** The first account; a cluster serves one number. */
const accountId = 1;
const defaultStoreWaitMs = 60_000;
const defaultStoreConnections = 10;
const registryConnections = 2;
/** How long a change made by another process may stay unnoticed on the hot path. */
const accountMaxAgeMs = 1000;
const nodesMaxAgeMs = 1000;
const settingsMaxAgeMs = 1000;
/** Nodes register every few seconds; one that has not for this long is not called. */
const nodeSilenceMs = 30_000;
const rpcTimeoutMs = 5000;
/** For answers that are under way when no new call is taken any more. */
const finishLimitMs = 10_000;
/** A caller is rather told to come again than kept waiting for a database that has gone silent. */
const databaseTimeoutMs = 4000;

function openConnections(config: WebappConfig, log: Logger) {
  const onConnectionLost = createOutageLog(log, systemClock, 'database connection lost');
  const store = openMessageStore({
    connection: config.postgres,
    seal: createSeal(config.sealKey),
    maxConnections: config.storeConnections ?? defaultStoreConnections,
    applicationName: processName,
    answerTimeoutMs: databaseTimeoutMs,
    onConnectionLost,
  });
  const pool = new pg.Pool({ ...config.postgres, max: registryConnections, application_name: `${processName}-nodes`, connectionTimeoutMillis: databaseTimeoutMs, query_timeout: databaseTimeoutMs });
  pool.on('error', onConnectionLost);
  const redis = connectRedis(config.redisUrl, 'fail', createOutageLog(log, systemClock, 'Redis connection lost'));
  const onDropped = createOutageLog(log, systemClock, 'hints to shards dropped');
  const queues = createOutboundQueues({ redis, prefix: config.redisPrefix, onDropped: (_count, error) => onDropped(error) });
  const lookup = createRegistryLookup({ url: config.registryUrl, timeoutMs: rpcTimeoutMs, clock: systemClock });
  const contacts = createContactChecks({
    contacts: store.contacts,
    lookup,
    clock: systemClock,
    log,
    callingCodeOf: async (account) => (await store.accounts.read(account)).countryCode,
  });
  const templates = createTemplateMessages({
    source: createRegistryPackSource({ url: config.registryUrl, timeoutMs: rpcTimeoutMs, clock: systemClock }),
    clock: systemClock,
    log,
    languageOf: (account, waId) => contacts.languageOf(account, waId),
  });
  const rpc = createRpcClient({ clusterSecret: config.clusterSecret, timeoutMs: rpcTimeoutMs });

  async function close(): Promise<void> {
    rpc.close();
    await templates.close();
    await lookup.close();
    await queues.close();
    redis.disconnect();
    await pool.end();
    await store.close();
  }
  const tokens = createRedisTokens(redis, config.redisPrefix);
  return { store, nodes: createPostgresNodeRegistry(pool), shardMap: createPostgresShardMap(pool), queues, templates, tokens, rpc, close };
}

type Connections = ReturnType<typeof openConnections>;

async function createServices(config: WebappConfig, { store, nodes, shardMap, queues, templates, tokens, rpc }: Connections, log: Logger): Promise<Services> {
  const users = await createUserService({
    store: store.users,
    jwtKey: config.jwtKey,
    clock: systemClock,
    ...(config.apiKey !== undefined && { apiKey: config.apiKey }),
  });
  await users.administration.ensureAdmin();
  const media = createMediaLibrary({ files: createDirectoryFiles(config.mediaDir), catalogue: store.media });
  const metrics = createMetrics({ process: processName, node: config.nodeName });
  const cachedNodes = createCachedReader((silenceMs: number) => nodes.listNodes(silenceMs), systemClock, nodesMaxAgeMs);
  const clusterCalls = createClusterCalls(() => cachedNodes.read(nodeSilenceMs), rpc);
  const pacing = createTemplatePacing({
    settings: createSettingsReader(store.settings, { maxAgeMs: settingsMaxAgeMs }),
    tokens,
    clock: systemClock,
    onAway: createOutageLog(log, systemClock, 'pacing of templates not checked'),
  });
  return {
    accountId,
    acceptance: store.acceptance,
    accounts: store.accounts,
    accountReader: createAccountReader(store.accounts, shardMap, systemClock, accountMaxAgeMs),
    backups: createBackupService(store.backups),
    certificates: createCertificateAdministration(store.certificates, systemClock),
    clusterCalls,
    clusterHealth: () => clusterHealth({ nodes, rpc }),
    composer: createComposer(templates, createSendableMedia(media, store.mediaProviders, systemClock), pacing),
    deadLetters: store.deadLetters,
    identities: store.identities,
    media,
    mediaProviders: store.mediaProviders,
    metrics,
    operations: createOperations({ nodes, rpc }, clusterCalls),
    overload: createOverload({
      acceptance: store.acceptance,
      accountId,
      maxBacklog: config.maxOutboundBacklog,
      clock: systemClock,
      onError: createOutageLog(log, systemClock, 'backlog not measured'),
    }),
    profile: createProfileAdministration(store.profiles),
    queues,
    rateLimiter: createApiRateLimiter({
      limits: { messages: config.messagesRateLimit, others: config.othersRateLimit },
      tokens,
      clock: systemClock,
      metrics,
      onAway: createOutageLog(log, systemClock, 'rate limits not checked'),
    }),
    settings: createApplicationSettings(store.settings, store.accounts, createEgressRule(config.privateDestinations)),
    stickerpacks: store.stickerpacks,
    users,
    webStatistics: createWebStatistics(config.nodeName, metrics),
  };
}

/** An API that cannot be reached cannot be given a better certificate either. */
async function servableCertificate(certificates: Certificates, log: Logger): Promise<ServedCertificate> {
  try {
    return await sharedCertificate(certificates);
  } catch (error) {
    log.error({ err: error }, 'the stored certificate cannot be served, a self-signed one stands in');
    return standInCertificate();
  }
}

async function serve(config: WebappConfig, connections: Connections, log: Logger, storeWaitMs: number): Promise<Running> {
  const { store } = connections;
  await untilUsable(store, { clock: systemClock, limitMs: storeWaitMs, onWaiting: (reason) => log.warn({ reason }, 'waiting for the store') });
  const services = await createServices(config, connections, log);
  const tls = await servableCertificate(store.certificates, log);
  const onError = createOutageLog(log, systemClock, 'log level not read');
  const stopLogLevel = followLogLevel({ settings: store.settings, account: accountId, clock: systemClock, onLevel: (level) => raiseLogLevel(log, level), onError });
  const application = await startApplication({ services, tls, host: config.httpHost, port: config.httpPort, log });
  const stopFollowing = followCertificate(tls, {
    certificates: store.certificates,
    clock: systemClock,
    serve: (certificate) => application.serve(certificate),
    onError: createOutageLog(log, systemClock, 'certificate not followed'),
  });
  let isDraining = false;
  const metrics = await startMetricsServer({
    host: config.metricsHost,
    port: config.metricsPort,
    registry: services.metrics,
    ready: async () => {
      if (isDraining) return false;
      await store.accounts.read(accountId);
      return true;
    },
  });
  return {
    details: { http_port: application.port, metrics_port: metrics.port },
    stopLimitMs: config.drainDelayMs + finishLimitMs,
    async stop() {
      isDraining = true;
      application.drain();
      await systemClock.sleep(config.drainDelayMs);
      stopFollowing();
      stopLogLevel();
      await application.close();
      await metrics.close();
      await connections.close();
    },
  };
}

/**
 * The webapp's process: the API over HTTPS. Rejects with `Unable to initialize config store: …` when the store cannot serve
 * this version and no master makes it in time.
 */
export async function startWebapp(
  config: WebappConfig,
  log: Logger,
  { storeWaitMs = defaultStoreWaitMs }: { readonly storeWaitMs?: number } = {},
): Promise<Running> {
  const connections = openConnections(config, log);
  try {
    return await serve(config, connections, log, storeWaitMs);
  } catch (error) {
    await connections.close();
    throw error;
  }
}
