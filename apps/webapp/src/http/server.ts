import { randomUUID } from 'node:crypto';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { RateLimiter } from '@multiconnect/rate-limit';
import type { Registry } from '@multiconnect/telemetry';
import type { Authorizer } from '@multiconnect/users';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import { answerError } from './answers.ts';
import type { Overload } from '../overload.ts';
import { authorizationHook } from './authorization-hook.ts';
import { maxPathParameterLength } from './describe.ts';
import { useBodies } from './bodies.ts';
import { maxBodyBytes } from './json-body.ts';
import { overloadHook } from './overload-hook.ts';
import { rateLimitHook } from './rate-limit-hook.ts';
import { requestMetricsHook } from './request-metrics.ts';
import type { RouteTable } from './route-table.ts';
import { recordRoutes } from './route-table.ts';

export const oldestTls = 'TLSv1.2';
/** For the largest upload over a slow line. Headers (by default) and JSON bodies have a minute. */
const requestTimeoutMs = 600_000;
/** Longer than that of common load balancers (60 s), so that they and not the server close an idle connection. */
const keepAliveTimeoutMs = 72_000;

const newRequestId = () => randomUUID().replaceAll('-', '');

/** The documented ones. The second id is that of the calls behind the API, which carry the same. */
function answerHeaders(request: FastifyRequest, reply: FastifyReply): void {
  const headers = { 'X-Request-ID': request.id, 'X-Internal-Request-IDS': request.id, Server: 'Server', 'Cache-Control': 'no-cache, private' };
  void reply.headers(headers);
}

const headersHook: onRequestHookHandler = (request, reply, done) => {
  answerHeaders(request, reply);
  done();
};

export interface HttpServer {
  readonly adapter: FastifyAdapter;
  readonly routes: RouteTable;
  /** From now on a connection ends with the answer that is under way on it. */
  readonly beginClosing: () => void;
}

export interface HttpServerOptions {
  readonly tls: { readonly key: string; readonly cert: string };
  readonly authorizer: Authorizer;
  readonly metrics: Registry;
  readonly overload: Overload;
  readonly rateLimiter: RateLimiter;
}

/** Ends connections with their answers once closing has begun: kept ones would hold it up until their time is over. */
function closeOnceAnswered(server: FastifyInstance): () => void {
  let isClosing = false;
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (isClosing) void reply.header('Connection', 'close');
    done(null, payload);
  });
  // An answer whose head was on its way already: the connection ends behind it.
  server.addHook('onResponse', (request, _reply, done) => {
    if (isClosing) request.raw.socket.destroySoon();
    done();
  });
  return () => {
    isClosing = true;
  };
}

/** The HTTPS server, without routes: ids, headers, authorization, JSON bodies and metrics. */
export function createHttpServer({ tls, authorizer, metrics, overload, rateLimiter }: HttpServerOptions): HttpServer {
  const adapter = new FastifyAdapter({
    https: { key: tls.key, cert: tls.cert, minVersion: oldestTls },
    skipMiddie: true,
    bodyLimit: maxBodyBytes,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    // Requests that arrive on kept connections while the server closes are served, with `Connection: close`.
    return503OnClosing: false,
    requestIdHeader: false,
    genReqId: newRequestId,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: maxPathParameterLength },
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      answerHeaders(request, reply);
      answerError(error, reply);
    },
  });
  const server = adapter.getInstance<FastifyInstance>();
  const routes = recordRoutes(server);
  useBodies(server);
  server.decorateRequest('caller', null);
  server.addHook('onRequest', headersHook);
  server.addHook('onRequest', authorizationHook(authorizer));
  server.addHook('onRequest', rateLimitHook(rateLimiter, metrics));
  server.addHook('onRequest', overloadHook(overload));
  server.addHook('onResponse', requestMetricsHook(metrics));
  return { adapter, routes, beginClosing: closeOnceAnswered(server) };
}
