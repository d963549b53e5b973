export { clusterKeys } from './keys.ts';
export type { ClusterKeys } from './keys.ts';
export { newBoot, nodeIdOf, ownerId } from './identity.ts';
export { NoAnswer } from './deadline.ts';

export { runElection } from './election.ts';
export type { Election, ElectionOptions } from './election.ts';
export { TermEnded } from './term.ts';
export type { DeposedReason, Term } from './term.ts';
export { createMemoryLeaseStore } from './lease-store.ts';
export type { LeaseStore } from './lease-store.ts';
export { createRedisLeaseStore } from './redis-lease-store.ts';
export { createPostgresTermStore } from './term-store.ts';
export type { TermStore } from './term-store.ts';
export { createMemoryTermStore } from './memory-term-store.ts';

export { runMembership } from './membership.ts';
export type {
  Fitness,
  Heartbeat,
  HeartbeatStore,
  Membership,
  MembershipOptions,
  NodeIdentity,
  NodeRegistry,
  NodeRole,
  RegisteredNode,
} from './membership.ts';
export { createMemoryHeartbeatStore, createMemoryNodeRegistry } from './memory-membership.ts';
export { createPostgresNodeRegistry } from './postgres-node-registry.ts';
export { createRedisHeartbeatStore } from './redis-heartbeat-store.ts';

export { controlShard, StaleTerm } from './shard-map.ts';
export type { ShardChange, ShardMap, ShardRow } from './shard-map.ts';
export { createMemoryShardMap } from './memory-shard-map.ts';
export { createPostgresShardMap } from './postgres-shard-map.ts';
export { planAssignments } from './plan.ts';
export type { PlannedNode } from './plan.ts';
export { runNodeWatch } from './node-watch.ts';
export type { NodeWatch, NodeWatchOptions } from './node-watch.ts';
export { runShardSupervisor } from './supervisor.ts';
export type { AccountShards, ShardSupervisor, ShardSupervisorOptions } from './supervisor.ts';
export type { PrepareShards } from './regroupings.ts';
export { createMemoryShardMapWake } from './shard-wake.ts';
export type { NodesWake, ShardMapWake, Wake } from './shard-wake.ts';
export { createRedisNodesWake, createRedisShardMapWake } from './redis-shard-wake.ts';

export { runOwnership } from './ownership.ts';
export type { Ownership, OwnershipOptions } from './ownership.ts';
export { LeaseLost } from './shard-lease.ts';
export type { LostReason, ShardLease } from './shard-lease.ts';
