import { createHmac } from 'node:crypto';
import { systemClock } from '@multiconnect/clock';
import type { NodeConfig } from '@multiconnect/config';
import { createHttpCallbackSender } from '@multiconnect/callbacks';
import { createContactChecks, createRegistryLookup } from '@multiconnect/contacts';
import { createEgressRule } from '@multiconnect/egress';
import { createDirectoryFiles, createMediaHttp, createMediaLibrary } from '@multiconnect/media';
import { openMessageStore, type StatementObserver } from '@multiconnect/message-store';
import { connectRedis, createInboxWake } from '@multiconnect/queue';
import { createErrorLog, type Logger } from '@multiconnect/telemetry';
import { createSeal } from '@multiconnect/vault';
import pg from 'pg';

const defaultStoreConnections = 8;
const maxMapConnections = 2;
const databaseTimeoutMs = 3_000;
const callbackTimeoutMs = 10_000;
const lookupTimeoutMs = 5_000;

/** A secret of its own for each purpose, from the one that all processes share. */
function derivedSecret(clusterSecret: string, purpose: string): string {
  return createHmac('sha256', clusterSecret).update(purpose).digest('base64');
}

/** Everything outside this process that it talks to. Opening waits for nothing. */
export function openConnections(config: NodeConfig, onStatement: StatementObserver, log: Logger) {
  const clock = systemClock;
  const applicationName = `multiconnect-${config.nodeName}`;
  const onConnectionLost = createErrorLog(log, 'database connection lost');
  const onRedisError = createErrorLog(log, 'Redis connection lost');
  const store = openMessageStore({
    connection: config.postgres,
    seal: createSeal(config.sealKey),
    maxConnections: config.storeConnections ?? defaultStoreConnections,
    applicationName,
    onConnectionLost,
    onStatement,
  });
  // The shard map has connections of its own: what a busy shard does to the pool never delays a change of owner.
  const mapPool = new pg.Pool({
    ...config.postgres,
    max: maxMapConnections,
    application_name: `${applicationName}-map`,
    connectionTimeoutMillis: databaseTimeoutMs,
    query_timeout: databaseTimeoutMs,
  });
  mapPool.on('error', onConnectionLost);
  const redis = connectRedis(config.redisUrl, 'fail', onRedisError);
  const workerRedis = connectRedis(config.redisUrl, 'wait', onRedisError);
  const subscriber = connectRedis(config.redisUrl, 'wait', onRedisError);
  const { privateDestinations, trustedOrigins } = config;
  const sender = createHttpCallbackSender({
    timeoutMs: callbackTimeoutMs,
    secret: derivedSecret(config.clusterSecret, 'webhook signature'),
    clock,
    egress: createEgressRule(privateDestinations),
  });
  const lookup = createRegistryLookup({ url: config.registryUrl, timeoutMs: lookupTimeoutMs, clock });
  const mediaFiles = createDirectoryFiles(config.mediaDir);
  const mediaHttp = createMediaHttp({ clock, privateDestinations, trustedOrigins });
  return {
    clock,
    store,
    mediaFiles,
    mediaHttp,
    media: createMediaLibrary({ files: mediaFiles, catalogue: store.media, http: mediaHttp }),
    mapPool,
    redis,
    workerRedis,
    subscriber,
    sender,
    contacts: createContactChecks({
      contacts: store.contacts,
      lookup,
      clock,
      log,
      callingCodeOf: async (account) => (await store.accounts.read(account)).countryCode,
    }),
    inboxWake: createInboxWake({
      publisher: redis,
      subscriber,
      prefix: config.redisPrefix,
      onDropped: createErrorLog(log, 'inbox wake-up not sent'),
    }),
    async close() {
      for (const connection of [redis, workerRedis, subscriber]) connection.disconnect();
      await Promise.all([mapPool.end(), store.close(), sender.close(), lookup.close(), mediaHttp.close()]);
    },
  };
}

export type Connections = ReturnType<typeof openConnections>;
