import type { Clock } from '@multiconnect/clock';
import type { RateLimit } from '@multiconnect/config';
import type { RateLimiter, TokenSource } from '@multiconnect/rate-limit';
import { createRateLimiter } from '@multiconnect/rate-limit';
import type { Registry } from '@multiconnect/telemetry';
import { Counter } from '@multiconnect/telemetry';
import { messagesEndpoint } from './http/rate-limit-hook.ts';

export interface RateLimits {
  /** Undefined: no limit. */
  readonly messages: RateLimit | undefined;
  /** Of each other endpoint. */
  readonly others: RateLimit | undefined;
}

/** The API's limits, held by all webapps together. */
export function createApiRateLimiter(options: {
  readonly limits: RateLimits;
  readonly tokens: TokenSource;
  readonly clock: Clock;
  readonly metrics: Registry;
  readonly onAway: (error: unknown) => void;
}): RateLimiter {
  const unchecked = new Counter({
    name: 'multiconnect_rate_unchecked_total',
    help: 'Requests that passed without a look at their rate limit, because Redis was away',
    registers: [options.metrics],
  });
  return createRateLimiter({
    tokens: options.tokens,
    clock: options.clock,
    limitOf: (endpoint) => (endpoint === messagesEndpoint ? options.limits.messages : options.limits.others),
    onUnchecked(requests, error) {
      unchecked.inc(requests);
      if (error !== undefined) options.onAway(error);
    },
  });
}
