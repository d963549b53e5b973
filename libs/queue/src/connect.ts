import { Redis } from 'ioredis';

// Below the time after which a silent node loses its shards.
const reconnectMaxMs = 300;

/**
 * A connection that reconnects for ever. Producers fail at once while Redis is away (`offline: 'fail'`), consumers wait
 * for it (`'wait'`).
 */
export function connectRedis(url: string, offline: 'fail' | 'wait', onError: (error: Error) => void): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: null,
    enableOfflineQueue: offline === 'wait',
    retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, reconnectMaxMs),
  });
  redis.on('error', onError);
  return redis;
}
