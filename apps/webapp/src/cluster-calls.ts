import type { RpcCalls } from '@multiconnect/contract';
import { ApiError } from '@multiconnect/contract';
import type { RegisteredNode } from '@multiconnect/cluster';
import type { RpcClient } from '@multiconnect/rpc';
import { RpcTimeout, RpcUnreachable } from '@multiconnect/rpc';

type LeaderPattern = 'registration.request-code' | 'registration.verify' | 'registration.set-shards' | 'registration.set-pin';
type CoreappPattern = 'contacts.check' | 'garbage.collect-media';
type AllCoreappsPattern = 'settings.changed';

/** Calls to the processes behind the API. Reject with the other side's ApiError or with an Rpc error of `@multiconnect/rpc`. */
export interface ClusterCalls {
  /** To the leading master, whichever that is. Never carried out by two of them; on a timeout it may have been by one. */
  toLeader<Pattern extends LeaderPattern>(pattern: Pattern, request: RpcCalls[Pattern]['request']): Promise<RpcCalls[Pattern]['answer']>;
  /** To any coreapp that answers; by turns. */
  toCoreapp<Pattern extends CoreappPattern>(pattern: Pattern, request: RpcCalls[Pattern]['request']): Promise<RpcCalls[Pattern]['answer']>;
  /** To every coreapp. Resolves when each has answered or has had its time: one that did not hear finds out by itself. */
  toEveryCoreapp<Pattern extends AllCoreappsPattern>(pattern: Pattern, request: RpcCalls[Pattern]['request']): Promise<void>;
}

const registrationTimeoutMs = 30_000;
const coreappTimeoutMs = 20_000;
const noticeTimeoutMs = 1_000;

const isApiError = (error: unknown, kind: ApiError['kind']) => error instanceof ApiError && error.kind === kind;

export function createClusterCalls(listNodes: () => Promise<readonly RegisteredNode[]>, rpc: RpcClient): ClusterCalls {
  let lastLeader: string | undefined;
  let turn = 0;

  async function mastersLeaderFirst(): Promise<readonly RegisteredNode[]> {
    const masters = (await listNodes()).filter((node) => node.role === 'master');
    return masters.toSorted((one, other) => Number(other.id === lastLeader) - Number(one.id === lastLeader));
  }

  async function coreappsByTurns(): Promise<readonly RegisteredNode[]> {
    const coreapps = (await listNodes()).filter((node) => node.role === 'coreapp');
    turn += 1;
    const start = turn % Math.max(coreapps.length, 1);
    return [...coreapps.slice(start), ...coreapps.slice(0, start)];
  }

  /** The first answer; an error that `passesOn` lets the next node be asked. */
  async function firstAnswer<Answer>(
    nodes: readonly RegisteredNode[],
    ask: (node: RegisteredNode) => Promise<Answer>,
    passesOn: (error: unknown) => boolean,
  ): Promise<Answer> {
    let reason: unknown;
    for (const node of nodes) {
      try {
        return await ask(node);
      } catch (error) {
        if (!passesOn(error)) throw error;
        // That a node is alive but not in charge says more than that another is gone.
        if (!(reason instanceof ApiError)) reason = error;
      }
    }
    throw reason;
  }

  return {
    async toLeader(pattern, request) {
      const masters = await mastersLeaderFirst();
      if (masters.length === 0) throw new ApiError('internal', 'Connection timed out. Please check if a master is running');
      return firstAnswer(
        masters,
        async (node) => {
          const answer = await rpc.call(node, pattern, request, { timeoutMs: registrationTimeoutMs });
          lastLeader = node.id;
          return answer;
        },
        (error) => isApiError(error, 'notPrimaryMaster') || error instanceof RpcUnreachable,
      );
    },

    async toCoreapp(pattern, request) {
      const coreapps = await coreappsByTurns();
      if (coreapps.length === 0) throw new ApiError('internal', 'Connection timed out. Please check if wacore is running');
      return firstAnswer(
        coreapps,
        (node) => rpc.call(node, pattern, request, { timeoutMs: coreappTimeoutMs }),
        (error) => isApiError(error, 'notPrimaryCoreapp') || error instanceof RpcUnreachable || error instanceof RpcTimeout,
      );
    },

    async toEveryCoreapp(pattern, request) {
      const coreapps = (await listNodes()).filter((node) => node.role === 'coreapp');
      await Promise.allSettled(coreapps.map((node) => rpc.call(node, pattern, request, { timeoutMs: noticeTimeoutMs })));
    },
  };
}
