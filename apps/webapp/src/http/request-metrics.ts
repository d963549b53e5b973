import { Histogram, type Registry } from '@multiconnect/telemetry';
import type { onResponseHookHandler } from 'fastify';

/** The documented name. */
export const requestDurations = 'api_requests_duration_ms';
const bucketsMs = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000];

/** `POST /v1/users/:name` -> `POST_v1_users_name`. */
export const methodLabel = (method: string, route: string) => `${method}${route.replaceAll(/[/:]+/g, '_').replace(/_$/, '')}`;

/** Counts and times every answer, as `api_requests_duration_ms` by `method` and `result` (the HTTP status). */
export function requestMetricsHook(registry: Registry): onResponseHookHandler {
  const durations = new Histogram({
    name: requestDurations,
    help: 'Time from a request to its answer in milliseconds.',
    labelNames: ['method', 'result'] as const,
    buckets: bucketsMs,
    registers: [registry],
  });
  const observers = new Map<string, { observe(valueMs: number): void }>();

  function observerOf(method: string, result: string) {
    const key = `${method} ${result}`;
    const known = observers.get(key);
    if (known) return known;
    const observer = durations.labels({ method, result });
    observers.set(key, observer);
    return observer;
  }

  return (request, reply, done) => {
    const route = request.is404 ? undefined : request.routeOptions.url;
    const method = route === undefined ? 'unknown' : methodLabel(request.method, route);
    observerOf(method, String(reply.statusCode)).observe(reply.elapsedTime);
    done();
  };
}
