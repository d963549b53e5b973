import type { CollectionStarted, MetricFamilies, NodeSupport } from '@multiconnect/contract';
import { askNodes, type ByNode, type NodeSources, type Unanswered } from '@multiconnect/health';
import type { ClusterCalls } from './cluster-calls.ts';

/** The statistics that can be asked for, by the path that asks. */
export type StatisticsKind = 'app' | 'app-internal' | 'db' | 'db-internal';

/** What operators ask of all nodes. A node that does not answer stands there with its errors. */
export interface Operations {
  statistics(kind: StatisticsKind): Promise<ByNode<MetricFamilies | Unanswered>>;
  support(): Promise<ByNode<NodeSupport | Unanswered>>;
  /** Every coreapp begins. */
  collectMessages(): Promise<ByNode<CollectionStarted | Unanswered>>;
  /** The one coreapp that does it begins. */
  collectMedia(): Promise<CollectionStarted>;
}

/** Counting whole tables takes its time. */
const databaseTimeoutMs = 30_000;
const timeoutMs = 2_000;

export function createOperations(sources: Pick<NodeSources, 'nodes' | 'rpc'>, calls: Pick<ClusterCalls, 'toCoreapp'>): Operations {
  const quick = { ...sources, timeoutMs };
  const patient = { ...sources, timeoutMs: databaseTimeoutMs };
  return {
    statistics: (kind) => askNodes(kind.startsWith('db') ? patient : quick, `stats.${kind}`),
    support: () => askNodes(quick, 'support.get'),
    collectMessages: () => askNodes(quick, 'garbage.collect-messages', ['coreapp']),
    collectMedia: () => calls.toCoreapp('garbage.collect-media', {}),
  };
}
