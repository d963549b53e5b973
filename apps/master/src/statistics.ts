import type { MetricFamilies } from '@multiconnect/contract';
import type { MessageStore, StoreStatistics } from '@multiconnect/message-store';
import type { RpcHandlers } from '@multiconnect/rpc';
import { databaseFamilies, familiesOf, internalDatabaseFamilies, type ProcessStatistics } from '@multiconnect/statistics';
import { accountId } from './account.ts';
import type { MasterMetrics } from './metrics.ts';

export interface StatisticsSources {
  readonly statistics: ProcessStatistics;
  readonly metrics: MasterMetrics;
  readonly store: Pick<MessageStore, 'housekeeping'>;
  readonly isLeading: () => boolean;
}

/** What this master answers when it is asked for its figures. Only the leader counts tables, so that it is done once. */
export function statisticsHandlers({ statistics, metrics, store, isLeading }: StatisticsSources) {
  const counted = async (show: (counts: StoreStatistics) => MetricFamilies) => (isLeading() ? show(await store.housekeeping.statistics(accountId)) : {});
  return {
    'stats.app': () => statistics.families(),
    'stats.app-internal': () => familiesOf(metrics.registry),
    'stats.db': () => counted(databaseFamilies),
    'stats.db-internal': () => counted(internalDatabaseFamilies),
  } satisfies RpcHandlers;
}
