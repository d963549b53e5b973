import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { noPrivateDestinations } from '@multiconnect/egress';
import { codeSender } from './code-sender.ts';
import { optional, required, withDefault } from './field.ts';
import type { ConfigOf } from './load.ts';
import { postgresAt } from './postgres.ts';
import { connections, countOrOff, directory, host, httpUrl, logLevel, name, origins, port, privateDestinations, rateLimit, redisUrl, sealKey, secretOf, text, wholeNumber, xmppRoutes } from './values.ts';

const observability = {
  nodeName: withDefault('MULTICONNECT_NODE_NAME', name, hostname()),
  logLevel: withDefault('MULTICONNECT_LOG_LEVEL', logLevel, 'info'),
  /** Where logs are kept in files, besides standard output; absolute. */
  logDir: optional('MULTICONNECT_LOG_DIR', directory),
  metricsHost: withDefault('MULTICONNECT_METRICS_HOST', host, '127.0.0.1'),
  metricsPort: withDefault('MULTICONNECT_METRICS_PORT', port, 0),
};

const clusterPostgres = postgresAt('MULTICONNECT_POSTGRES');

/** The job that brings the schema of the cluster's database up to date. It is given no key. */
export const upgradeConfig = {
  nodeName: observability.nodeName,
  logLevel: observability.logLevel,
  logDir: observability.logDir,
  postgres: clusterPostgres,
};
export type UpgradeConfig = ConfigOf<typeof upgradeConfig>;

/** Every process of a cluster. */
export const commonConfig = {
  ...observability,
  postgres: clusterPostgres,
  /** At most so many to the database for its work; each role has its own default. */
  storeConnections: optional('MULTICONNECT_POSTGRES_CONNECTIONS', connections),
  redisUrl: required('MULTICONNECT_REDIS_URL', redisUrl),
  redisPrefix: withDefault('MULTICONNECT_REDIS_PREFIX', name, 'multiconnect'),
  sealKey: required('MULTICONNECT_SEAL_KEY', sealKey),
  clusterSecret: required('MULTICONNECT_CLUSTER_SECRET', secretOf(16)),
  /** The volume that webapps and coreapps share; absolute. */
  mediaDir: withDefault('MULTICONNECT_MEDIA_DIR', directory, resolve('media')),
  /** Where webhooks and links to media may lead besides public addresses. */
  privateDestinations: withDefault('MULTICONNECT_ALLOW_PRIVATE_ADDRESSES', privateDestinations, noPrivateDestinations),
};
export type CommonConfig = ConfigOf<typeof commonConfig>;

/** master and coreapp. */
export const nodeConfig = {
  ...commonConfig,
  /** The process's own files; absolute. */
  dataDir: withDefault('MULTICONNECT_DATA_DIR', directory, resolve('data')),
  /** Free space that the volumes of data, logs and media must have, in MB. */
  minFreeDiskMb: withDefault('MULTICONNECT_MIN_FREE_DISK_MB', wholeNumber, 10),
  rpcHost: withDefault('MULTICONNECT_RPC_HOST', host, '127.0.0.1'),
  rpcPort: withDefault('MULTICONNECT_RPC_PORT', port, 0),
  /** Where other processes reach this one when it listens on a wildcard address. */
  rpcAdvertisedHost: optional('MULTICONNECT_RPC_ADVERTISED_HOST', host),
  registryUrl: required('MULTICONNECT_REGISTRY_URL', httpUrl),
  xmppRoutes: withDefault('MULTICONNECT_XMPP_ROUTES', xmppRoutes, []),
  /** PEM; trusted besides the system's authorities. */
  xmppCa: optional('MULTICONNECT_XMPP_CA', text),
  /** Where files may be fetched from wherever it is, such as the chat network's upload service on the same machine. */
  trustedOrigins: withDefault('MULTICONNECT_TRUSTED_ORIGINS', origins, []),
};
export type NodeConfig = ConfigOf<typeof nodeConfig>;

export const webappConfig = {
  ...commonConfig,
  httpHost: withDefault('MULTICONNECT_HTTP_HOST', host, '0.0.0.0'),
  httpPort: withDefault('MULTICONNECT_HTTP_PORT', port, 9090),
  /** How long it answers on after it was told to stop, while /readyz says 503: until load balancers have noticed. */
  drainDelayMs: withDefault('MULTICONNECT_DRAIN_DELAY_MS', wholeNumber, 5_000),
  /** Of the chat network's registry, which keeps the templates. */
  registryUrl: required('MULTICONNECT_REGISTRY_URL', httpUrl),
  jwtKey: required('MULTICONNECT_JWT_KEY', secretOf(32)),
  apiKey: optional('MULTICONNECT_API_KEY', secretOf(12, 128)),
  /** Of `/v1/messages`, over all webapps. */
  messagesRateLimit: withDefault('MULTICONNECT_RATE_LIMIT_MESSAGES', rateLimit, { perSecond: 50, burst: 150 }),
  /** Of each other endpoint. */
  othersRateLimit: withDefault('MULTICONNECT_RATE_LIMIT_OTHERS', rateLimit, { perSecond: 20, burst: 60 }),
  /** Accepted messages that may wait for their shards; beyond, new ones are refused (1016). */
  maxOutboundBacklog: withDefault('MULTICONNECT_MAX_OUTBOUND_BACKLOG', countOrOff, 100_000),
};
export type WebappConfig = ConfigOf<typeof webappConfig>;

export const registryConfig = {
  ...observability,
  registryHost: withDefault('MULTICONNECT_REGISTRY_HOST', host, '127.0.0.1'),
  registryPort: required('MULTICONNECT_REGISTRY_PORT', port),
  postgres: postgresAt('MULTICONNECT_REGISTRY_POSTGRES'),
  ejabberdApiUrl: required('MULTICONNECT_EJABBERD_API_URL', httpUrl),
  xmppDomain: required('MULTICONNECT_XMPP_DOMAIN', host),
  operatorToken: required('MULTICONNECT_REGISTRY_OPERATOR_TOKEN', secretOf(16)),
  codeSender,
};
export type RegistryConfig = ConfigOf<typeof registryConfig>;
