import { type ApiErrorBody, errorBody, type NodeHealth } from '@multiconnect/contract';
import { askNodes, type ByNode, isUnanswered, type NodeSources } from './ask-nodes.ts';

/** One node in the answer. A node that was not reached has `errors` alone. */
export interface NodeHealthAnswer {
  readonly gateway_status?: NodeHealth['gateway_status'];
  readonly role?: NodeHealth['role'];
  readonly errors?: readonly ApiErrorBody[];
}

export type ClusterHealth = ByNode<NodeHealthAnswer>;

function answered({ gateway_status, role, problems = [] }: NodeHealth): NodeHealthAnswer {
  const errors = problems.map((problem) => errorBody('internal', problem));
  return { gateway_status, role, ...(errors.length > 0 && { errors }) };
}

/** Asks every node at once. Rejects when the nodes cannot be listed. */
export async function clusterHealth(sources: NodeSources): Promise<ClusterHealth> {
  const nodes = Object.entries(await askNodes(sources, 'health.get'));
  return Object.fromEntries(nodes.map(([id, answer]) => [id, isUnanswered(answer) ? answer : answered(answer)]));
}
