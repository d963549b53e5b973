import { Histogram, type Registry } from '@multiconnect/telemetry';
import type { FastifyInstance } from 'fastify';

/** Counts and times every request by route and status. */
export function measureRequests(fastify: FastifyInstance, registry: Registry): void {
  const durations = new Histogram({
    name: 'registry_http_request_seconds',
    help: 'Duration of HTTP requests, by route and status',
    labelNames: ['route', 'status'],
    registers: [registry],
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    durations.observe({ route: request.routeOptions.url ?? 'none', status: reply.statusCode }, reply.elapsedTime / 1000);
    done();
  });
}
