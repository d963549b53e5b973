import type { GatewayStatus, NodeHealth } from '@multiconnect/contract';
import type { Accounts } from '@multiconnect/message-store';
import type { Shards } from './shards.ts';

function statusOf(shards: Shards): GatewayStatus {
  const statuses = shards.services().map((service) => service.status);
  if (statuses.length === 0 || statuses.includes('disconnected')) return 'disconnected';
  return statuses.includes('connecting') ? 'connecting' : 'connected';
}

/** The answer to `health.get`. A spare is `disconnected`, as is a shard whose connection was refused for good. */
export async function readCoreappHealth(accounts: Accounts, shards: Shards): Promise<NodeHealth> {
  const role = 'coreapp';
  const owned = shards.services().map((service) => service.shard);
  const problem = shards.problem === undefined ? {} : { problem: shards.problem };
  if (owned.length > 0) return { gateway_status: statusOf(shards), role, shards: owned, ...problem };
  const isRegistered = (await accounts.list()).some((account) => account.state === 'registered');
  return { gateway_status: isRegistered ? 'disconnected' : 'unregistered', role, shards: [], ...problem };
}
