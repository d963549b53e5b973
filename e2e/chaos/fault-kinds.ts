interface FaultKind {
  /** Shortest and longest, drawn by the seed. */
  readonly lastsMs: readonly [number, number];
  /**
   * Whether the cluster is to heal while the cause lasts, as after a kill, or cannot before it has ended, as without a
   * database. Recovery is counted from the beginning or from the end.
   */
  readonly heals: 'by itself' | 'afterwards';
}

const restartAfterMs = [2_000, 6_000] as const;
const longerThanEveryLeaseMs = [8_000, 12_000] as const;
const receiverOutageMs = [2_000, 6_000] as const;
const atOnce = [0, 0] as const;

export const faultKinds = {
  'coreapp-kill': { lastsMs: restartAfterMs, heals: 'by itself' },
  'coreapp-term': { lastsMs: restartAfterMs, heals: 'by itself' },
  'coreapp-freeze': { lastsMs: longerThanEveryLeaseMs, heals: 'by itself' },
  'master-kill': { lastsMs: restartAfterMs, heals: 'by itself' },
  'master-term': { lastsMs: restartAfterMs, heals: 'by itself' },
  'master-freeze': { lastsMs: longerThanEveryLeaseMs, heals: 'by itself' },
  'masters-dead': { lastsMs: [30_000, 30_000], heals: 'by itself' },
  'webapp-kill': { lastsMs: restartAfterMs, heals: 'by itself' },
  'webapp-term': { lastsMs: restartAfterMs, heals: 'by itself' },
  'redis-kill': { lastsMs: restartAfterMs, heals: 'by itself' },
  'redis-flush': { lastsMs: atOnce, heals: 'by itself' },
  'redis-freeze': { lastsMs: [5_000, 5_000], heals: 'by itself' },
  'postgres-restart': { lastsMs: atOnce, heals: 'afterwards' },
  'ejabberd-restart': { lastsMs: atOnce, heals: 'afterwards' },
  'receiver-500': { lastsMs: receiverOutageMs, heals: 'afterwards' },
  'receiver-hang': { lastsMs: receiverOutageMs, heals: 'afterwards' },
  'receiver-cut': { lastsMs: receiverOutageMs, heals: 'afterwards' },
} as const satisfies Readonly<Record<string, FaultKind>>;

export type FaultName = keyof typeof faultKinds;

export const faultNames = Object.keys(faultKinds) as readonly FaultName[];
export const isFaultName = (name: string): name is FaultName => Object.hasOwn(faultKinds, name);
