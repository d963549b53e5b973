import type { NodeRegistry, NodeRole, RegisteredNode } from '@multiconnect/cluster';
import { ApiError, type ApiErrorBody, errorBody, type RpcCalls, type RpcPattern } from '@multiconnect/contract';
import { type RpcClient, RpcRefused, RpcTimeout, RpcUnreachable } from '@multiconnect/rpc';

/** A pattern that needs no more than to be asked. */
export type PlainPattern = { [Pattern in RpcPattern]: RpcCalls[Pattern]['request'] extends Record<string, never> ? Pattern : never }[RpcPattern];

export interface NodeSources {
  readonly nodes: Pick<NodeRegistry, 'listNodes'>;
  readonly rpc: Pick<RpcClient, 'call'>;
  readonly timeoutMs?: number;
  /** How long a node that no longer registers is still asked. */
  readonly maxAgeMs?: number;
}

export interface Unanswered {
  readonly errors: readonly ApiErrorBody[];
}

/** By node id, `hostname:instance`. */
export type ByNode<T> = Readonly<Record<string, T>>;

const processOf = (role: NodeRole) => (role === 'master' ? 'master' : 'wacore');

function unanswered({ role, host, port }: RegisteredNode, error: unknown): Unanswered {
  const process = processOf(role);
  const isReason = error instanceof RpcUnreachable || error instanceof RpcTimeout || error instanceof RpcRefused;
  const reason = error instanceof RpcRefused ? 'Connection refused' : 'Connection timed out';
  const details = isReason ? `${reason}. Please check if ${process} is running: ${host}:${port}` : `${process} failed to answer: ${host}:${port}`;
  return { errors: [error instanceof ApiError && error.kind !== 'internal' ? error.body : errorBody('internal', details)] };
}

/** Asks every node of these roles at once; one that does not answer in time stands there with why. Rejects when the nodes cannot be listed. */
export async function askNodes<Pattern extends PlainPattern>(
  { nodes, rpc, timeoutMs = 1000, maxAgeMs = 60_000 }: NodeSources,
  pattern: Pattern,
  roles: readonly NodeRole[] = ['master', 'coreapp'],
): Promise<ByNode<RpcCalls[Pattern]['answer'] | Unanswered>> {
  type Answer = RpcCalls[Pattern]['answer'] | Unanswered;
  const ask = async (node: RegisteredNode): Promise<readonly [string, Answer]> => {
    try {
      return [node.id, await rpc.call(node, pattern, {}, { timeoutMs })];
    } catch (error) {
      return [node.id, unanswered(node, error)];
    }
  };
  const asked = (await nodes.listNodes(maxAgeMs)).filter(({ role }) => roles.includes(role));
  const answers = await Promise.all(asked.map(ask));
  return Object.fromEntries(answers);
}

export function isUnanswered(answer: object): answer is Unanswered {
  return 'errors' in answer;
}
