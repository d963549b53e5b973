/**
 * What this library keeps in Redis. With Redis emptied, every bucket is full.
 *
 * | key | type | TTL | written by | read by |
 * |---|---|---|---|---|
 * | `{prefix}:rate:<endpoint>` | hash: `tokens`, `at` (µs) | the time to fill up and 1 s | webapps (take-tokens.lua) | the same script |
 */
export const bucketKey = (prefix: string, endpoint: string) => `${prefix}:rate:${endpoint}`;
