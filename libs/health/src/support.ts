import { release, type as osType } from 'node:os';
import { apiVersion, type NodeHealth, type NodeSupport, schemaStores, type SocketState } from '@multiconnect/contract';
import type { Account, StoreVersions } from '@multiconnect/message-store';

export interface SupportSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly nowMs: number;
  readonly health: NodeHealth;
  readonly account: Account;
  readonly versions: StoreVersions;
  readonly directories: { readonly data: string; readonly logs: string; readonly media: string };
  readonly freeBytes: (path: string) => Promise<number>;
}

/** Builds of this gateway do not expire. */
const never = Math.floor(Date.UTC(9999, 11, 31) / 1000);
/** Ours, and those that the documentation names. */
const ownVariables = /^(MULTICONNECT_|WA_|NODE_|OTEL_)/;

const socketStates: Readonly<Record<NodeHealth['gateway_status'], SocketState>> = {
  connected: 'UP',
  connecting: 'SC',
  disconnected: 'DN',
  uninitialized: 'UNK',
  unregistered: 'DN',
};

const spaceOf = async (freeBytes: SupportSources['freeBytes'], path: string) => freeBytes(path).catch(() => null);

/** What a node says of itself in `GET /v1/support`. */
export async function describeNode(sources: SupportSources): Promise<NodeSupport> {
  const { env, nowMs, health, account, versions, directories, freeBytes } = sources;
  const [data, logs, incoming, outgoing] = await Promise.all([
    spaceOf(freeBytes, directories.data),
    spaceOf(freeBytes, directories.logs),
    spaceOf(freeBytes, `${directories.media}/incoming`),
    spaceOf(freeBytes, `${directories.media}/outgoing`),
  ]);
  const locale = new Intl.Locale(Intl.DateTimeFormat().resolvedOptions().locale).maximize();
  return {
    context: 'healthcheck',
    db_engine: 'PGSQL',
    db_info: `PostgreSQL ${versions.server}`,
    debug_info: account.state === 'registered' ? (account.waId ?? '') : 'unregistered',
    description: `Multiconnect v${apiVersion}`,
    device_iso8601: new Date(nowMs).toISOString(),
    e2e: { identity_timestamp: Math.floor((account.registeredAtMs ?? 0) / 1000), registration_id: account.identity?.registrationId ?? 0 },
    env: Object.keys(env).filter((name) => ownVariables.test(name)).sort(),
    expire_timestamp: never,
    free_space_data: data,
    free_space_logs: logs,
    free_space_media_incoming: incoming,
    free_space_media_outgoing: outgoing,
    lc: locale.region ?? '',
    lg: locale.language,
    multi_connect: account.shardCount > 1,
    os_name: osType(),
    os_version: release(),
    schema: Object.fromEntries(schemaStores.map((store) => [store, versions.schema])) as NodeSupport['schema'],
    socket_conn: socketStates[health.gateway_status],
    role: health.role,
    shards: health.shards.toSorted((one, other) => one - other).map((shard) => [shard, shard]),
    ...(health.problems !== undefined && { problems: health.problems }),
  };
}
