import type { RpcHandlers } from '@multiconnect/rpc';
import { type CoreappStatistics, familiesOf } from '@multiconnect/statistics';
import { createErrorLog, type Logger } from '@multiconnect/telemetry';
import type { Connections } from './connections.ts';
import type { CoreappMetrics } from './metrics.ts';
import type { Shards } from './shards.ts';

/** As many as the documented queue of callbacks holds; more are not counted. */
const maxCounted = 100_000;

export interface StatisticsSources {
  readonly account: number;
  readonly connections: Pick<Connections, 'store'>;
  readonly shards: Pick<Shards, 'owned'>;
  readonly statistics: CoreappStatistics;
  readonly metrics: CoreappMetrics;
  readonly log: Logger;
}

/** What this coreapp answers when it is asked for its figures. */
export function statisticsHandlers({ account, connections, shards, statistics, metrics, log }: StatisticsSources) {
  const onUncounted = createErrorLog(log, 'what waits was not counted');

  /** The latest figures stand while the database is away. */
  const countWaiting = async () => {
    const slots = shards.owned().flatMap((owned) => owned.slots);
    try {
      statistics.waiting(await connections.store.housekeeping.waiting(account, slots, maxCounted));
    } catch (error) {
      onUncounted(error);
    }
  };

  return {
    async 'stats.app'() {
      await countWaiting();
      return statistics.families();
    },
    'stats.app-internal': () => familiesOf(metrics.registry),
    // The leading master counts what is in the database.
    'stats.db': () => Promise.resolve({}),
    'stats.db-internal': () => Promise.resolve({}),
  } satisfies RpcHandlers;
}
