import type { Clock } from '@multiconnect/clock';
import type { Fitness } from '@multiconnect/cluster';
import type { ShardService } from './shard-service.ts';

export interface FitnessOptions {
  readonly clock: Clock;
  /** Resolves when the database has answered. */
  readonly askDatabase: () => Promise<unknown>;
  readonly services: () => readonly Pick<ShardService, 'status'>[];
  readonly onError: (error: unknown) => void;
}

export interface FitnessWatch {
  fitness(): Fitness;
  stop(): void;
}

const askEveryMs = 250;
const databaseSilentAfterMs = 1_000;
const unconnectedAfterMs = 1_000;

/**
 * Watches whether this process can do an owner's work: its database answers and every shard has its chat connection. By it the leader
 * tells a process that is cut off from one of them, whose heartbeats arrive, from an outage for all.
 */
export function watchFitness({ clock, askDatabase, services, onError }: FitnessOptions): FitnessWatch {
  let answeredMs = clock.monotonicMs();
  let unconnectedSinceMs: number | undefined;
  let isAsking = false;

  const ask = async () => {
    if (isAsking) return;
    isAsking = true;
    try {
      await askDatabase();
      answeredMs = clock.monotonicMs();
    } catch (error) {
      onError(error);
    } finally {
      isAsking = false;
    }
  };
  const look = () => {
    const isUnconnected = services().some(({ status }) => status === 'connecting');
    unconnectedSinceMs = isUnconnected ? (unconnectedSinceMs ?? clock.monotonicMs()) : undefined;
  };
  const isImpaired = () => {
    const nowMs = clock.monotonicMs();
    if (nowMs - answeredMs > databaseSilentAfterMs) return true;
    return unconnectedSinceMs !== undefined && nowMs - unconnectedSinceMs > unconnectedAfterMs;
  };

  const stop = clock.every(askEveryMs, () => {
    look();
    void ask();
  });
  return {
    fitness() {
      look();
      if (isImpaired()) return 'impaired';
      return services().some(({ status }) => status === 'connected') ? 'proven' : 'unproven';
    },
    stop,
  };
}
