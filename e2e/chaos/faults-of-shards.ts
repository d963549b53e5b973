import { shardCounts } from '@multiconnect/contract';
import type { Injection } from './injection.ts';

/** Another number of shards, any of those there are. */
export const resharded: Injection = async ({ resharding }, { choice }) => {
  const from = resharding.count;
  const others = shardCounts.filter((count) => count !== from);
  const to = others[choice % others.length] ?? from;
  await resharding.set(to);
  return `${from} to ${to} shards`;
};
