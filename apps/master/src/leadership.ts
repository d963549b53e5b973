import type { Clock } from '@multiconnect/clock';
import {
  type LeaseStore,
  type NodesWake,
  type NodeWatch,
  type PrepareShards,
  runElection,
  runShardSupervisor,
  type ShardMap,
  type ShardMapWake,
  type ShardSupervisor,
  type Term,
  type TermStore,
} from '@multiconnect/cluster';
import type { Accounts } from '@multiconnect/message-store';
import { createErrorLog, type Logger } from '@multiconnect/telemetry';
import type { MasterMetrics } from './metrics.ts';

export interface LeadershipOptions {
  readonly accounts: Pick<Accounts, 'list'>;
  readonly clock: Clock;
  readonly nodes: Pick<NodeWatch, 'look' | 'nodes'>;
  readonly nodesWake: Pick<NodesWake, 'subscribe'>;
  /** The owner id of this boot. */
  readonly holder: string;
  readonly leaseStore: LeaseStore;
  readonly log: Logger;
  readonly metrics: MasterMetrics;
  readonly prepare: PrepareShards;
  readonly shardMap: ShardMap;
  readonly terms: TermStore;
  readonly wake: ShardMapWake;
}

export interface Leadership {
  isLeading(): boolean;
  /** The accounts or their shard counts have changed: the shard map follows now and not at the next look. */
  accountsChanged(): void;
  /** Steps down and lets another lead at once. */
  stop(): Promise<void>;
}

/** Contends for the lead, and keeps every shard of every registered account with a living coreapp while it leads. */
export function runLeadership(options: LeadershipOptions): Leadership {
  const { accounts, clock, nodes, holder, leaseStore, log, metrics, prepare, shardMap, terms, wake } = options;
  let supervisor: ShardSupervisor | undefined;
  const unsubscribed = options.nodesWake.subscribe(() => supervisor?.wake());

  const registeredAccounts = async () => {
    const all = await accounts.list();
    return all.filter(({ state }) => state === 'registered').map(({ id, shardCount }) => ({ account: id, shardCount }));
  };

  const supervise = (term: Term): ShardSupervisor =>
    runShardSupervisor({
      shardMap,
      nodes,
      wake,
      clock,
      term,
      accounts: registeredAccounts,
      prepare,
      onAssigned: (rows) => {
        metrics.assignments.inc(rows.length);
        for (const { account, shard, owner, epoch } of rows) log.info({ account, shard, owner, epoch, term: term.number }, 'shard assigned');
      },
      onError: createErrorLog(log, 'supervising shards failed'),
    });

  const election = runElection({
    leaseStore,
    terms,
    clock,
    holder,
    onElected: (term) => {
      log.info({ term: term.number }, 'leading');
      metrics.leading.set(1);
      metrics.term.set(term.number);
      metrics.elections.inc();
      supervisor = supervise(term);
    },
    onDeposed: async (reason, term) => {
      metrics.leading.set(0);
      log.info({ term: term.number, reason }, 'no longer leading');
      await supervisor?.ended;
      supervisor = undefined;
    },
    onError: createErrorLog(log, 'contending for the lead failed'),
  });

  return {
    isLeading: () => election.leading() !== undefined,
    accountsChanged: () => supervisor?.wake(),
    async stop() {
      await election.stop();
      // Without Redis nothing is subscribed yet, and nothing is waited for.
      void unsubscribed.then((unsubscribe) => unsubscribe(), ignoreClosed);
    },
  };
}

/** The connection that was to subscribe has been closed, which is what was wanted. */
function ignoreClosed(): undefined {
  return undefined;
}
