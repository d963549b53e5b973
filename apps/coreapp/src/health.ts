import type { GatewayStatus, NodeHealth } from '@multiconnect/contract';
import type { CriticalErrors } from '@multiconnect/health';
import type { Accounts } from '@multiconnect/message-store';
import type { Shards } from './shards.ts';

export interface HealthSources {
  readonly accounts: Pick<Accounts, 'list'>;
  readonly shards: Pick<Shards, 'services'>;
  readonly criticalErrors: Pick<CriticalErrors, 'problems'>;
}

function statusOf(shards: HealthSources['shards']): GatewayStatus {
  const statuses = shards.services().map((service) => service.status);
  if (statuses.length === 0 || statuses.includes('disconnected')) return 'disconnected';
  return statuses.includes('connecting') ? 'connecting' : 'connected';
}

const isRegistered = async (accounts: HealthSources['accounts']) => (await accounts.list()).some((account) => account.state === 'registered');

/** The answer to `health.get`. A spare is `disconnected`, as is a shard whose connection was refused for good. */
export async function readCoreappHealth({ accounts, shards, criticalErrors }: HealthSources): Promise<NodeHealth> {
  const owned = shards.services().map((service) => service.shard);
  const problems = criticalErrors.problems();
  const rest = { role: 'coreapp', shards: owned, ...(problems.length > 0 && { problems }) } as const;
  if (owned.length > 0) return { gateway_status: statusOf(shards), ...rest };
  try {
    return { gateway_status: (await isRegistered(accounts)) ? 'disconnected' : 'unregistered', ...rest };
  } catch {
    return { gateway_status: 'disconnected', ...rest, problems: [...problems, 'the database does not answer'] };
  }
}
