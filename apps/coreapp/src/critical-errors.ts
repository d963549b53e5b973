import type { NodeConfig } from '@multiconnect/config';
import { controlShard, errorBody } from '@multiconnect/contract';
import { type Check, createCriticalErrors, type CriticalErrors, databaseCheck, freeBytesAt, freeSpaceCheck, type Volume } from '@multiconnect/health';
import { verifiedNameExpiry } from '@multiconnect/registration';
import { createErrorLog, type Logger } from '@multiconnect/telemetry';
import type { Connections } from './connections.ts';
import type { Shards } from './shards.ts';

const dayMs = 86_400_000;
const warnBeforeMs = 14 * dayMs;

/** What goes wrong with this coreapp, told to the back end by callbacks about the account. */
export function tellCriticalErrors(account: number, node: string, { clock, store }: Connections, log: Logger): CriticalErrors {
  return createCriticalErrors({
    clock,
    node,
    raise: (eventId, event) => store.callbacks.raise(account, eventId, event),
    onBegan: ({ code, title, details }) => log.error({ api_code: code }, details ?? title),
    onError: createErrorLog(log, 'critical error not told'),
  });
}

function volumesOf({ dataDir, logDir, mediaDir }: NodeConfig): readonly Volume[] {
  return [{ name: 'data', path: dataDir }, ...(logDir === undefined ? [] : [{ name: 'log', path: logDir }]), { name: 'media', path: mediaDir }];
}

/** The verified-name certificate is the whole number's: the owner of the control shard looks at it. */
function certificateCheck(account: number, { clock, store }: Connections, shards: Shards): Check {
  return {
    key: 'certificate',
    async look() {
      if (!shards.owned().some(({ tenure }) => tenure.shard === controlShard)) return undefined;
      const { certificate } = await store.accounts.read(account);
      const expiresAtMs = certificate === undefined ? undefined : verifiedNameExpiry(certificate);
      if (expiresAtMs === undefined || expiresAtMs - clock.nowMs() > warnBeforeMs) return undefined;
      return errorBody('generic', `Critical: the verified-name certificate expires at ${new Date(expiresAtMs).toISOString()}, register with a new one`);
    },
    // The database's trouble, which has a check of its own.
    onRejected: () => undefined,
  };
}

/** What a coreapp looks at by itself, every 30 s. */
export function coreappChecks(account: number, config: NodeConfig, connections: Connections, shards: Shards): readonly Check[] {
  return [
    ...volumesOf(config).map((volume) => freeSpaceCheck(volume, config.minFreeDiskMb, freeBytesAt)),
    databaseCheck(() => connections.store.accounts.read(account)),
    certificateCheck(account, connections, shards),
  ];
}
