/** What a fault is done to. Of coreapps there are enough for two faults at a time; whatever else is touched by one fault at a time. */
export type Touched = 'coreapp' | 'master' | 'webapp' | 'registry' | 'redis' | 'postgres' | 'ejabberd' | 'receiver' | 'phones' | 'volumes' | 'versions' | 'shards';

interface FaultKind {
  /** Shortest and longest, drawn by the seed. */
  readonly lastsMs: readonly [number, number];
  /**
   * Whether the cluster is to heal while the cause lasts, as after a kill, or cannot before it has ended, as without a
   * database. Recovery is counted from the beginning or from the end.
   */
  readonly heals: 'by itself' | 'afterwards';
  readonly touches: readonly [Touched, ...Touched[]];
}

const atOnce = [0, 0] as const;
const restartAfterMs = [2_000, 6_000] as const;
const longerThanEveryLeaseMs = [8_000, 12_000] as const;
const blockedMs = [10_000, 10_000] as const;
const outageMs = [2_000, 6_000] as const;
const cutOffMs = [5_000, 9_000] as const;

const ofOne = <T extends Touched>(touched: T, lastsMs: readonly [number, number]) => ({ lastsMs, heals: 'by itself', touches: [touched] }) as const;
const ofAll = <T extends Touched>(touched: T, lastsMs: readonly [number, number]) => ({ lastsMs, heals: 'afterwards', touches: [touched] }) as const;

export const faultKinds = {
  // Processes end.
  'coreapp-kill': ofOne('coreapp', restartAfterMs),
  'coreapp-term': ofOne('coreapp', restartAfterMs),
  'idle-kill': ofOne('coreapp', restartAfterMs),
  'control-kill': ofOne('coreapp', restartAfterMs),
  'control-term': ofOne('coreapp', restartAfterMs),
  'master-kill': ofOne('master', restartAfterMs),
  'master-term': ofOne('master', restartAfterMs),
  'follower-kill': ofOne('master', restartAfterMs),
  'follower-term': ofOne('master', restartAfterMs),
  'webapp-kill': ofOne('webapp', restartAfterMs),
  'webapp-term': ofOne('webapp', restartAfterMs),
  'registry-kill': ofOne('registry', restartAfterMs),
  'registry-term': ofOne('registry', restartAfterMs),
  'leader-and-owner-dead': { lastsMs: restartAfterMs, heals: 'by itself', touches: ['master', 'coreapp'] },
  'masters-dead': ofOne('master', [60_000, 60_000]),
  // Processes stop for a while.
  'coreapp-freeze': ofOne('coreapp', longerThanEveryLeaseMs),
  'coreapp-block': ofOne('coreapp', blockedMs),
  'master-freeze': ofOne('master', longerThanEveryLeaseMs),
  'master-block': ofOne('master', blockedMs),
  'webapp-freeze': ofOne('webapp', longerThanEveryLeaseMs),
  // Clocks jump, and back.
  'coreapp-clock': ofOne('coreapp', outageMs),
  'master-clock': ofOne('master', outageMs),
  'webapp-clock': ofOne('webapp', outageMs),
  // One process is cut off from one service.
  'coreapp-redis-cut': ofOne('coreapp', cutOffMs),
  'coreapp-redis-silent': ofOne('coreapp', cutOffMs),
  'coreapp-postgres-cut': ofOne('coreapp', cutOffMs),
  'coreapp-postgres-silent': ofOne('coreapp', cutOffMs),
  'coreapp-ejabberd-cut': ofOne('coreapp', cutOffMs),
  'coreapp-ejabberd-silent': ofOne('coreapp', cutOffMs),
  'master-redis-cut': ofOne('master', cutOffMs),
  'master-redis-silent': ofOne('master', cutOffMs),
  'master-postgres-silent': ofOne('master', cutOffMs),
  'webapp-redis-silent': ofOne('webapp', cutOffMs),
  'webapp-postgres-silent': ofOne('webapp', cutOffMs),
  // Services.
  'redis-kill': ofOne('redis', restartAfterMs),
  'redis-restart': ofOne('redis', atOnce),
  'redis-flush': ofOne('redis', atOnce),
  'redis-freeze': ofOne('redis', [5_000, 5_000]),
  'redis-slow': ofOne('redis', outageMs),
  'postgres-restart': ofAll('postgres', atOnce),
  'postgres-kill': ofAll('postgres', restartAfterMs),
  'postgres-slow': ofAll('postgres', outageMs),
  'postgres-exhausted': ofAll('postgres', outageMs),
  'ejabberd-restart': ofAll('ejabberd', atOnce),
  'ejabberd-kill': ofAll('ejabberd', restartAfterMs),
  // Chat connections.
  'stanza-torn': ofOne('coreapp', [1_000, 1_000]),
  'acks-withheld': ofOne('coreapp', outageMs),
  'stanzas-twice': ofOne('coreapp', outageMs),
  'phones-torn': ofAll('phones', [1_000, 1_000]),
  'phones-acks-withheld': ofAll('phones', outageMs),
  'phones-stanzas-twice': ofAll('phones', outageMs),
  // The callback receiver.
  'receiver-500': ofAll('receiver', outageMs),
  'receiver-hang': ofAll('receiver', outageMs),
  'receiver-cut': ofAll('receiver', outageMs),
  // Volumes.
  'media-full': ofAll('volumes', outageMs),
  'logs-full': ofAll('volumes', outageMs),
  // The number of shards.
  'reshard': ofOne('shards', atOnce),
  // Versions.
  'upgrade': { lastsMs: outageMs, heals: 'by itself', touches: ['versions', 'master', 'webapp', 'coreapp'] },
} as const satisfies Readonly<Record<string, FaultKind>>;

export type FaultName = keyof typeof faultKinds;

export const faultNames = Object.keys(faultKinds) as readonly FaultName[];
export const isFaultName = (name: string): name is FaultName => Object.hasOwn(faultKinds, name);
