import type { RpcCalls, RpcPattern } from '@multiconnect/contract';
import { inSpan, SpanKind, traceparentOf } from '@multiconnect/telemetry';
import { Connection, type RpcAddress, textOf } from './connection.ts';
import { isAnswerTo, signRequest } from './envelope.ts';
import { RpcRefused, RpcTimeout, RpcUnreachable } from './errors.ts';
import { errorOf, type Outcome } from './failure.ts';

export type { RpcAddress } from './connection.ts';

export interface RpcClientOptions {
  readonly clusterSecret: string;
  /** For connecting and answering together, unless the call says otherwise. */
  readonly timeoutMs: number;
}

export interface CallOptions {
  readonly timeoutMs?: number;
  /** Traceparent to go under; the active span unless given. */
  readonly trace?: string | undefined;
}

export interface RpcClient {
  /** Rejects with the handler's ApiError, or with {@link RpcUnreachable}, {@link RpcTimeout} or {@link RpcRefused}. */
  call<Pattern extends RpcPattern>(
    address: RpcAddress,
    pattern: Pattern,
    request: RpcCalls[Pattern]['request'],
    options?: CallOptions,
  ): Promise<RpcCalls[Pattern]['answer']>;
  /** Ends every call under way and closes every connection. */
  close(): void;
}

function answerOf(outcome: Outcome): unknown {
  if ('failure' in outcome) throw errorOf(outcome.failure);
  return outcome.answer;
}

export function createRpcClient({ clusterSecret, timeoutMs }: RpcClientOptions): RpcClient {
  const connections = new Map<string, Connection>();

  function connectionTo(address: RpcAddress): Connection {
    const key = textOf(address);
    const connection = connections.get(key) ?? new Connection(address);
    connections.set(key, connection);
    return connection;
  }

  /** The next call starts on a new connection: this one is dead, or its other end is. */
  function retire(address: RpcAddress, connection: Connection): void {
    if (connections.get(textOf(address)) === connection) connections.delete(textOf(address));
    connection.retire();
  }

  async function exchanged(address: RpcAddress, pattern: string, envelope: object, limitMs: number): Promise<unknown> {
    const connection = connectionTo(address);
    try {
      return await connection.exchange(pattern, envelope, limitMs);
    } catch (error) {
      if (error instanceof RpcUnreachable || error instanceof RpcTimeout) retire(address, connection);
      throw error;
    }
  }

  async function called(address: RpcAddress, pattern: RpcPattern, request: object, limitMs: number, trace?: string): Promise<unknown> {
    const envelope = signRequest(clusterSecret, pattern, JSON.stringify(request), Date.now(), trace);
    const reply = await exchanged(address, pattern, envelope, limitMs);
    if (!isAnswerTo(clusterSecret, envelope, reply)) throw new RpcRefused(textOf(address), pattern);
    return answerOf(JSON.parse(reply.body) as Outcome);
  }

  return {
    call<Pattern extends RpcPattern>(address: RpcAddress, pattern: Pattern, request: RpcCalls[Pattern]['request'], options: CallOptions = {}) {
      const spanOptions = { kind: SpanKind.CLIENT, parent: options.trace };
      return inSpan(`rpc ${pattern}`, spanOptions, async (span) => {
        const answer = await called(address, pattern, request, options.timeoutMs ?? timeoutMs, traceparentOf(span));
        return answer as RpcCalls[Pattern]['answer'];
      });
    },
    close() {
      for (const connection of connections.values()) connection.destroy();
      connections.clear();
    },
  };
}
