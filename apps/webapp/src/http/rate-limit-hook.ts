import { ApiError } from '@multiconnect/contract';
import type { RateLimiter } from '@multiconnect/rate-limit';
import type { Registry } from '@multiconnect/telemetry';
import { Counter } from '@multiconnect/telemetry';
import type { onRequestHookHandler } from 'fastify';

export const messagesEndpoint = 'messages';

/** Checking the health is free and can be done as often as necessary. */
const unlimited = new Set(['health']);

/** What has a limit of its own: `/v1/settings/application` and all of `/v1/settings` are `settings`. */
export function endpointOf(route: string): string {
  const [, first = '', second = ''] = route.split('/', 3);
  return first === 'v1' ? second : first;
}

function refusal(waitMs: number): ApiError {
  return new ApiError('tooManyRequests', 'Rate limit hit, try again later', Math.ceil(waitMs / 1000));
}

/** Comes after authorization, so that a stranger uses up nobody's limit but that of `/v1/users`, where logins come from. */
export function rateLimitHook(limiter: RateLimiter, registry: Registry): onRequestHookHandler {
  const refused = new Counter({
    name: 'multiconnect_rate_limited_total',
    help: 'Requests refused with 1015',
    labelNames: ['endpoint'],
    registers: [registry],
  });
  const endpoints = new Map<string, string>();
  const knownEndpointOf = (route: string) => {
    const endpoint = endpoints.get(route) ?? endpointOf(route);
    endpoints.set(route, endpoint);
    return endpoint;
  };

  return (request, _reply, done) => {
    const route = request.is404 ? undefined : request.routeOptions.url;
    const endpoint = route === undefined ? undefined : knownEndpointOf(route);
    if (endpoint === undefined || unlimited.has(endpoint)) {
      done();
      return;
    }
    const settle = (waitMs: number) => {
      if (waitMs > 0) refused.inc({ endpoint });
      done(waitMs > 0 ? refusal(waitMs) : undefined);
    };
    const waitMs = limiter.take(endpoint);
    if (typeof waitMs === 'number') settle(waitMs);
    else void waitMs.then(settle);
  };
}
