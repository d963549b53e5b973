import { once } from 'node:events';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { ApiError, type RpcCalls, type RpcPattern } from '@multiconnect/contract';
import { inSpan, type Logger, SpanKind, traceparentOf } from '@multiconnect/telemetry';
import { ServerTCP } from '@nestjs/microservices';
import { createGate, type RequestEnvelope, signAnswer } from './envelope.ts';
import { failureOf, type Outcome } from './failure.ts';

export interface RpcContext {
  /** Traceparent of the handler's span. */
  readonly trace?: string | undefined;
}

export type RpcHandlers = Partial<{
  readonly [Pattern in RpcPattern]: (request: RpcCalls[Pattern]['request'], context: RpcContext) => Promise<RpcCalls[Pattern]['answer']>;
}>;

export interface RpcServerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly clusterSecret: string;
  readonly handlers: RpcHandlers;
  readonly log: Logger;
}

export interface RpcServer {
  readonly port: number;
  /** Breaks every connection. */
  close(): Promise<void>;
}

/** Characters of one request. */
const maxRequestLength = 4 * 1024 * 1024;
const incompleteMessageTimeoutMs = 5000;

type Handler = (request: unknown, context: RpcContext) => Promise<unknown>;

/** Nest's transport, without its habit of logging what a stranger has sent. */
class QuietServer extends ServerTCP {
  constructor(host: string, port: number, private readonly log: Logger) {
    super({ host, port, maxBufferSize: maxRequestLength, incompleteMessageTimeout: incompleteMessageTimeoutMs });
  }

  protected override handleError(error: unknown): void {
    this.log.warn({ type: error instanceof Error ? error.constructor.name : 'unknown' }, 'connection between processes broken');
  }

  override handleEvent(): Promise<void> {
    this.log.warn({ reason: 'malformed' }, 'call refused');
    return Promise.resolve();
  }
}

async function carriedOut(pattern: string, handler: Handler, envelope: RequestEnvelope, log: Logger): Promise<Outcome> {
  try {
    const request: unknown = JSON.parse(envelope.body);
    const options = { kind: SpanKind.SERVER, parent: envelope.trace };
    return { answer: await inSpan(`rpc ${pattern}`, options, (span) => handler(request, { trace: traceparentOf(span) })) };
  } catch (error) {
    if (!(error instanceof ApiError)) log.error({ err: error, pattern }, 'call failed');
    return { failure: failureOf(error) };
  }
}

/** Listens for calls. Rejects when it cannot. */
export async function startRpcServer({ host, port, clusterSecret, handlers, log }: RpcServerOptions): Promise<RpcServer> {
  const admit = createGate(clusterSecret, Date.now);
  const server = new QuietServer(host, port, log);

  for (const [pattern, handler] of Object.entries(handlers)) {
    server.addHandler(pattern, async (value: unknown) => {
      const envelope = admit(pattern, value);
      if (typeof envelope === 'string') {
        log.warn({ reason: envelope, pattern }, 'call refused');
        return { refused: true };
      }
      return signAnswer(clusterSecret, envelope, JSON.stringify(await carriedOut(pattern, handler as Handler, envelope, log)));
    });
  }

  const netServer = server.unwrap<NetServer>();
  const listening = once(netServer, 'listening');
  server.listen(() => undefined);
  await listening;
  return {
    port: (netServer.address() as AddressInfo).port,
    async close() {
      const closed = once(netServer, 'close');
      server.close();
      await closed;
    },
  };
}
