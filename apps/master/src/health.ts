import type { GatewayStatus, NodeHealth } from '@multiconnect/contract';

export interface ClusterFacts {
  readonly isRegistered: boolean;
  readonly hasControlOwner: boolean;
}

export interface HealthSources {
  readonly isInitialized: () => boolean;
  readonly isLeading: () => boolean;
  /** From the database. */
  readonly readFacts: () => Promise<ClusterFacts>;
}

function statusOf(isLeading: boolean, { isRegistered, hasControlOwner }: ClusterFacts): GatewayStatus {
  if (!isRegistered) return 'unregistered';
  if (!isLeading) return 'disconnected';
  return hasControlOwner ? 'connected' : 'connecting';
}

export async function readMasterHealth({ isInitialized, isLeading, readFacts }: HealthSources): Promise<NodeHealth> {
  const role = isLeading() ? 'primary_master' : 'secondary_master';
  if (!isInitialized()) return { gateway_status: 'uninitialized', role, shards: [] };
  try {
    return { gateway_status: statusOf(isLeading(), await readFacts()), role, shards: [] };
  } catch {
    return { gateway_status: 'disconnected', role, shards: [], problems: ['the database does not answer'] };
  }
}
