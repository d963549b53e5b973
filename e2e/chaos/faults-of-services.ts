import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceName } from '@multiconnect/local';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { Injection } from './injection.ts';
import type { ReceiverMode } from './receiver.ts';

const labels: Readonly<Record<ServiceName, string>> = { postgres: 'PostgreSQL', redis: 'Redis', ejabberd: 'ejabberd' };

export const killed = (service: ServiceName): Injection => async ({ services }, { lastsMs }) => {
  await services.kill(service);
  await delay(lastsMs);
  await services.restart(service);
  return labels[service];
};

export const restarted = (service: ServiceName): Injection => async ({ services }) => {
  await services.restart(service);
  return labels[service];
};

export const redisEmptied: Injection = async ({ services }) => {
  const redis = new Redis(services.redisUrl);
  await redis.flushall();
  redis.disconnect();
  return labels.redis;
};

export const redisFrozen: Injection = async ({ services }, { lastsMs }) => {
  const pid = services.pids.redis;
  if (pid === undefined) throw new Error('Redis does not run');
  process.kill(pid, 'SIGSTOP');
  await delay(lastsMs);
  process.kill(pid, 'SIGCONT');
  return labels.redis;
};

const askAgainMs = 20;
const atATime = 16;

async function connected(url: string): Promise<pg.Client | undefined> {
  const client = new pg.Client({ connectionString: url });
  // It may end with the run.
  client.on('error', () => undefined);
  return client.connect().then(
    () => client,
    () => undefined,
  );
}

/** Takes every connection that PostgreSQL has left, and every one that is given back meanwhile. */
export const postgresExhausted: Injection = async ({ services }, { lastsMs }) => {
  const taken: pg.Client[] = [];
  const untilMs = performance.now() + lastsMs;
  while (performance.now() < untilMs) {
    const more = (await Promise.all(Array.from({ length: atATime }, () => connected(services.postgresUrl)))).filter((client) => client !== undefined);
    taken.push(...more);
    if (more.length === 0) await delay(askAgainMs);
  }
  await Promise.all(taken.map((client) => client.end()));
  return `${labels.postgres} (${taken.length} connections taken)`;
};

export const receiverIs = (mode: ReceiverMode): Injection => async ({ receiver }, { lastsMs }) => {
  receiver.setMode(mode);
  await delay(lastsMs);
  receiver.setMode('taking');
  return 'the callback receiver';
};
