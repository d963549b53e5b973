import type { NodeRegistry, RegisteredNode } from '@multiconnect/cluster';
import { type ApiErrorBody, errorBody, type NodeHealth } from '@multiconnect/contract';
import { type RpcClient, RpcRefused, RpcTimeout, RpcUnreachable } from '@multiconnect/rpc';

/** One node in the answer. A node that was not reached has `errors` alone. */
export interface NodeHealthAnswer {
  readonly gateway_status?: NodeHealth['gateway_status'];
  readonly role?: NodeHealth['role'];
  readonly errors?: readonly ApiErrorBody[];
}

/** By node id, `hostname:instance`. */
export type ClusterHealth = Readonly<Record<string, NodeHealthAnswer>>;

export interface ClusterHealthSources {
  readonly nodes: Pick<NodeRegistry, 'listNodes'>;
  readonly rpc: Pick<RpcClient, 'call'>;
  readonly timeoutMs?: number;
  /** How long a node that no longer registers is still shown. */
  readonly maxAgeMs?: number;
}

function unreached({ role, host, port }: RegisteredNode, error: unknown): NodeHealthAnswer {
  const process = role === 'master' ? 'master' : 'wacore';
  const isReason = error instanceof RpcUnreachable || error instanceof RpcTimeout || error instanceof RpcRefused;
  const reason = error instanceof RpcRefused ? 'Connection refused' : 'Connection timed out';
  const details = isReason ? `${reason}. Please check if ${process} is running: ${host}:${port}` : `${process} failed to answer: ${host}:${port}`;
  return { errors: [errorBody('internal', details)] };
}

function answered({ gateway_status, role, problem }: NodeHealth): NodeHealthAnswer {
  return { gateway_status, role, ...(problem !== undefined && { errors: [errorBody('internal', problem)] }) };
}

/** Asks every node at once. Rejects when the nodes cannot be listed. */
export async function clusterHealth({ nodes, rpc, timeoutMs = 1000, maxAgeMs = 60_000 }: ClusterHealthSources): Promise<ClusterHealth> {
  const ask = async (node: RegisteredNode): Promise<readonly [string, NodeHealthAnswer]> => {
    try {
      return [node.id, answered(await rpc.call(node, 'health.get', {}, { timeoutMs }))];
    } catch (error) {
      return [node.id, unreached(node, error)];
    }
  };
  return Object.fromEntries(await Promise.all((await nodes.listNodes(maxAgeMs)).map(ask)));
}
