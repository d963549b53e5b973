import type { Clock } from '@multiconnect/clock';
import type { ShardMap } from '@multiconnect/cluster';
import { ApiError } from '@multiconnect/contract';
import type { Accounts } from '@multiconnect/message-store';
import { createCachedReader } from './cached-reader.ts';

export interface RegisteredAccount {
  readonly id: number;
  readonly waId: string;
  /** As the slots are grouped: what the account is to have may be about to come. */
  readonly shardCount: number;
  /** Of the verified name. */
  readonly certificate?: string;
}

/** The account for the hot path: as it was at most `maxAgeMs` ago. */
export interface AccountReader {
  /** Throws {@link ApiError} notReady (1011) as long as the account has no registered number. */
  registered(id: number): Promise<RegisteredAccount>;
  /** Call after a change that this process has asked for. */
  forget(id: number): void;
}

export function createAccountReader(
  accounts: Pick<Accounts, 'read'>,
  shardMap: Pick<ShardMap, 'read'>,
  clock: Clock,
  maxAgeMs: number,
): AccountReader {
  const source = async (id: number): Promise<RegisteredAccount | undefined> => {
    const [{ state, waId, shardCount, certificate }, [row]] = await Promise.all([accounts.read(id), shardMap.read(id)]);
    if (state !== 'registered' || waId === undefined) return undefined;
    return { id, waId, shardCount: row?.shardCount ?? shardCount, ...(certificate !== undefined && { certificate }) };
  };
  const cache = createCachedReader(source, clock, maxAgeMs);
  return {
    async registered(id) {
      const account = await cache.read(id);
      if (account === undefined) throw new ApiError('notReady', 'The number is not registered yet');
      return account;
    },
    forget: (id) => cache.forget(id),
  };
}
