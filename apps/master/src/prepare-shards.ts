import { nodeIdOf, type NodeRegistry, type PrepareShards, type ShardChange } from '@multiconnect/cluster';
import type { RpcClient } from '@multiconnect/rpc';

export interface PrepareShardsOptions {
  readonly nodes: Pick<NodeRegistry, 'listNodes'>;
  readonly rpc: Pick<RpcClient, 'call'>;
  readonly timeoutMs: number;
  /** A coreapp did not get ready: its shards begin all the same, only later. */
  readonly onUnprepared: (error: unknown) => void;
}

/** A node that is silent for this long would be given no shard. */
const nodeSilenceMs = 30_000;

/** Asks each coreapp that is about to own shards to open their chat connections. */
export function createPrepareShards({ nodes, rpc, timeoutMs, onUnprepared }: PrepareShardsOptions): PrepareShards {
  return async (shards) => {
    const addresses = new Map((await nodes.listNodes(nodeSilenceMs)).map((node) => [node.id, node]));
    const ask = async (owner: string, changes: readonly ShardChange[]) => {
      const node = addresses.get(nodeIdOf(owner));
      if (node === undefined) return;
      for (const [account, own] of Map.groupBy(changes, (change) => change.account)) {
        await rpc.call(node, 'shards.prepare', { account, shards: own.map(({ shard }) => shard) }, { timeoutMs });
      }
    };
    const owned = Map.groupBy(shards, ({ owner }) => owner ?? '');
    await Promise.all([...owned].map(([owner, changes]) => ask(owner, changes).catch(onUnprepared)));
  };
}
