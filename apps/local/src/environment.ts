import type { ServiceAddresses } from './addresses.ts';
import type { Secrets } from './secrets.ts';

/** The variables that choose the ports of `npm run up`, by what listens there. */
export const portVariables = {
  webapp: 'MULTICONNECT_HTTP_PORT',
  registry: 'MULTICONNECT_REGISTRY_PORT',
  callbackSink: 'MULTICONNECT_LOCAL_CALLBACK_PORT',
  postgres: 'MULTICONNECT_LOCAL_POSTGRES_PORT',
  redis: 'MULTICONNECT_LOCAL_REDIS_PORT',
  xmpp: 'MULTICONNECT_LOCAL_XMPP_PORT',
  xmppDirectTls: 'MULTICONNECT_LOCAL_XMPP_TLS_PORT',
  ejabberdHttp: 'MULTICONNECT_LOCAL_EJABBERD_PORT',
} as const;

export type Environment = Readonly<Record<string, string>>;

/** What the processes of a cluster share. */
export interface ClusterFacts {
  readonly services: ServiceAddresses;
  readonly secrets: Secrets;
  /** URL of the cluster's own database. */
  readonly postgresUrl: string;
  readonly registryPostgresUrl: string;
  readonly redisPrefix: string;
  readonly registryPort: number;
  readonly codeLogFile: string;
  /** Files that customers and the business send each other. */
  readonly mediaDir: string;
  /** Files of the processes themselves. */
  readonly dataDir: string;
  /** Logs as an operator keeps them: rotated files. */
  readonly logDir: string;
}

/** Inherited as they are: what finds programs and files, runs Node, and exports traces. */
const inherited = /^(PATH|HOME|LANG|LC_.*|TZ|TMPDIR|NODE_.*|OTEL_.*|MULTICONNECT_LOG_LEVEL)$/;

export const inheritedEnvironment = (env: NodeJS.ProcessEnv): Environment =>
  Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => inherited.test(entry[0]) && entry[1] !== undefined));

export const registryUrl = (facts: ClusterFacts): string => `http://127.0.0.1:${facts.registryPort}`;

const everyProcess = (name: string, metricsPort: number): Environment => ({
  MULTICONNECT_NODE_NAME: name,
  MULTICONNECT_METRICS_PORT: String(metricsPort),
});

const clusterMember = ({ postgresUrl, services, redisPrefix, secrets, mediaDir, logDir }: ClusterFacts): Environment => ({
  MULTICONNECT_POSTGRES_URL: postgresUrl,
  MULTICONNECT_REDIS_URL: services.redisUrl,
  MULTICONNECT_REDIS_PREFIX: redisPrefix,
  MULTICONNECT_SEAL_KEY_FILE: secrets.sealKeyFile,
  MULTICONNECT_CLUSTER_SECRET_FILE: secrets.clusterSecretFile,
  MULTICONNECT_MEDIA_DIR: mediaDir,
  MULTICONNECT_LOG_DIR: logDir,
  // All of this network is on this machine, and so are a back end that is tried out here and what it links to.
  MULTICONNECT_ALLOW_PRIVATE_ADDRESSES: 'true',
});

export const nodeEnvironment = (facts: ClusterFacts, name: string, metricsPort: number, rpcPort: number): Environment => {
  const { host, port, directTlsPort, caFile } = facts.services.xmpp;
  const directTls = directTlsPort === undefined ? [] : [`${host}:${directTlsPort}:direct-tls`];
  return {
    ...everyProcess(name, metricsPort),
    ...clusterMember(facts),
    MULTICONNECT_DATA_DIR: facts.dataDir,
    MULTICONNECT_RPC_HOST: '127.0.0.1',
    MULTICONNECT_RPC_PORT: String(rpcPort),
    MULTICONNECT_REGISTRY_URL: registryUrl(facts),
    MULTICONNECT_XMPP_ROUTES: [`${host}:${port}:starttls`, ...directTls].join(','),
    ...(caFile === undefined ? {} : { MULTICONNECT_XMPP_CA_FILE: caFile }),
    MULTICONNECT_TRUSTED_ORIGINS: new URL(facts.services.ejabberdApiUrl).origin,
  };
};

export const webappEnvironment = (facts: ClusterFacts, name: string, metricsPort: number, httpPort: number): Environment => ({
  ...everyProcess(name, metricsPort),
  ...clusterMember(facts),
  MULTICONNECT_REGISTRY_URL: registryUrl(facts),
  MULTICONNECT_HTTP_HOST: '127.0.0.1',
  MULTICONNECT_HTTP_PORT: String(httpPort),
  MULTICONNECT_JWT_KEY_FILE: facts.secrets.jwtKeyFile,
  MULTICONNECT_API_KEY_FILE: facts.secrets.apiKeyFile,
  // No load balancer stands before it.
  MULTICONNECT_DRAIN_DELAY_MS: '0',
  // A cluster for trying out and for load tests shows what it can do, not what a back end is held to.
  MULTICONNECT_RATE_LIMIT_MESSAGES: 'off',
  MULTICONNECT_RATE_LIMIT_OTHERS: 'off',
  MULTICONNECT_MAX_OUTBOUND_BACKLOG: 'off',
});

export const registryEnvironment = (facts: ClusterFacts, name: string, metricsPort: number): Environment => ({
  ...everyProcess(name, metricsPort),
  MULTICONNECT_REGISTRY_PORT: String(facts.registryPort),
  MULTICONNECT_REGISTRY_POSTGRES_URL: facts.registryPostgresUrl,
  MULTICONNECT_EJABBERD_API_URL: facts.services.ejabberdApiUrl,
  MULTICONNECT_XMPP_DOMAIN: facts.services.xmpp.domain,
  MULTICONNECT_REGISTRY_OPERATOR_TOKEN_FILE: facts.secrets.operatorTokenFile,
  MULTICONNECT_CODE_SENDER: 'log',
  MULTICONNECT_CODE_LOG_FILE: facts.codeLogFile,
});
