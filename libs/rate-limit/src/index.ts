export { createRateLimiter, type RateLimiter, type RateLimiterOptions } from './rate-limiter.ts';
export { createRedisTokens } from './redis-tokens.ts';
export type { Grant, Limit, TokenSource } from './token-source.ts';
