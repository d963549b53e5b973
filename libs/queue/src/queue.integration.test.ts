import { testRedisPrefix } from '@multiconnect/local/testing';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectRedis, createInboxWake, createOutboundQueues, outboundQueueName, type OutboundQueues, type OutboundWorker, removeGoneQueues, runOutboundWorker } from './index.ts';

const account = 1;
const shard = 0;
const limitMs = 20_000;

let prefix: string;
let connections: Redis[];
let queues: OutboundQueues;
let worker: OutboundWorker | undefined;
let dropped: number;

const connect = (offline: 'fail' | 'wait', url = process.env['TEST_REDIS_URL'] ?? '') => {
  const redis = connectRedis(url, offline, () => undefined);
  connections.push(redis);
  return redis;
};

const work = (onHint: (ids: readonly string[]) => Promise<void>) =>
  runOutboundWorker({ redis: connect('wait'), prefix, account, shard, concurrency: 8, onHint, onError: () => undefined });

beforeEach(async () => {
  prefix = testRedisPrefix();
  connections = [];
  dropped = 0;
  const redis = connect('fail');
  await vi.waitFor(() => expect(redis.status).toBe('ready'), { timeout: limitMs });
  queues = createOutboundQueues({ redis, prefix, onDropped: (ids) => (dropped += ids) });
});
afterEach(async () => {
  await worker?.close();
  worker = undefined;
  await queues.close();
  for (const redis of connections) redis.disconnect();
});

const keysOf = async (redis: Redis) => {
  const keys: string[] = [];
  for await (const some of redis.scanStream({ match: `${prefix}:*` }) as AsyncIterable<string[]>) keys.push(...some);
  return keys;
};

describe('an outbound queue', () => {
  it('that nobody works off stays short, whatever is accepted', async () => {
    const redis = connect('fail');
    await vi.waitFor(() => expect(redis.status).toBe('ready'), { timeout: limitMs });
    const length = () => redis.llen(`${prefix}:${outboundQueueName(account, shard)}:wait`);
    const thousands = Array.from({ length: 150 }, (_, thousand) => Array.from({ length: 1_000 }, (_one, index) => `m${thousand}-${index}`));
    for (const ids of thousands) queues.wake(account, shard, ids);
    await vi.waitFor(async () => expect(await length()).toBe(1_500), { timeout: limitMs });
    for (let index = 0; index < 50; index += 1) queues.wake(account, shard, [`later${index}`]);
    const seen: string[] = [];
    worker = work((ids) => {
      seen.push(...ids);
      return Promise.resolve();
    });
    await vi.waitFor(async () => expect([seen.length >= 150_000, await length()]).toEqual([true, 0]), { timeout: limitMs });
    expect(seen.filter((id) => id.startsWith('later')).length).toBeLessThan(50);
    expect(dropped).toBe(0);
  });

  it('brings every hint to the owner, many in one job', async () => {
    const seen = new Set<string>();
    let jobs = 0;
    worker = work((ids) => {
      jobs += 1;
      for (const id of ids) seen.add(id);
      return Promise.resolve();
    });
    const ids = Array.from({ length: 500 }, (_, index) => `gBGG-${index}`);
    for (const id of ids) queues.wake(account, shard, [id]);
    await vi.waitFor(() => expect(seen.size).toBe(500), { timeout: limitMs });
    expect(jobs).toBeLessThan(100);
  });

  it('holds ids and nothing else', async () => {
    queues.wake(account, shard, ['gBGG-1']);
    const redis = connect('wait');
    await vi.waitFor(async () => {
      const job = (await keysOf(redis)).find((key) => key.endsWith(':1'));
      expect(JSON.parse((await redis.hget(job ?? '', 'data')) ?? '{}')).toEqual({ ids: ['gBGG-1'] });
    }, { timeout: limitMs });
  });

  it('keeps a job active until its messages are settled', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const started = Promise.withResolvers<undefined>();
    worker = work(() => {
      started.resolve(undefined);
      return promise;
    });
    queues.wake(account, shard, ['gBGG-1']);
    await started.promise;
    const redis = connect('wait');
    const active = `${prefix}:${outboundQueueName(account, shard)}:active`;
    expect(await redis.llen(active)).toBe(1);
    resolve(undefined);
    await vi.waitFor(async () => expect(await redis.llen(active)).toBe(0), { timeout: limitMs });
  });

  it('goes on after everything in Redis has been deleted', async () => {
    const seen = new Set<string>();
    worker = work((ids) => {
      for (const id of ids) seen.add(id);
      return Promise.resolve();
    });
    queues.wake(account, shard, ['before']);
    await vi.waitFor(() => expect(seen).toContain('before'), { timeout: limitMs });
    const redis = connect('wait');
    await redis.del(...(await keysOf(redis)));
    queues.wake(account, shard, ['after']);
    await vi.waitFor(() => expect(seen).toContain('after'), { timeout: limitMs });
  });

  it('neither waits nor throws while Redis is away, and says what was dropped', async () => {
    const away = createOutboundQueues({ redis: connect('fail', 'redis://127.0.0.1:1'), prefix, onDropped: (ids) => (dropped += ids) });
    away.wake(account, shard, ['a', 'b']);
    await vi.waitFor(() => expect(dropped).toBe(2), { timeout: limitMs });
  });
});

describe('queues of shards that are no more', () => {
  it('leave nothing in Redis, whether hints waited in them or not; the queues of the others stay', async () => {
    const redis = connect('wait');
    worker = work(() => Promise.resolve());
    queues.wake(account, 1, ['unread']);
    queues.wake(account, 11, ['of another']);
    await vi.waitFor(async () => expect((await keysOf(redis)).filter((key) => key.endsWith(':wait'))).toHaveLength(2), { timeout: limitMs });
    expect(await removeGoneQueues({ redis, prefix, account, shards: [1, 2] })).toEqual([1]);
    const left = await keysOf(redis);
    expect(left.filter((key) => key.startsWith(`${prefix}:${outboundQueueName(account, 1)}:`))).toEqual([]);
    expect(left).toContain(`${prefix}:${outboundQueueName(account, 11)}:wait`);
    expect(await removeGoneQueues({ redis, prefix, account, shards: [1, 2] })).toEqual([]);
  });

  it('take hints again when the shard comes back', async () => {
    queues.wake(account, shard, ['before']);
    const redis = connect('wait');
    await vi.waitFor(async () => expect(await keysOf(redis)).not.toEqual([]), { timeout: limitMs });
    await removeGoneQueues({ redis, prefix, account, shards: [shard] });
    const seen = new Set<string>();
    worker = work((ids) => {
      for (const id of ids) seen.add(id);
      return Promise.resolve();
    });
    queues.wake(account, shard, ['after']);
    await vi.waitFor(() => expect(seen).toContain('after'), { timeout: limitMs });
  });
});

describe('the inbox wake-up', () => {
  it('tells every subscriber which slots have grown', async () => {
    const publisher = connect('fail');
    await vi.waitFor(() => expect(publisher.status).toBe('ready'), { timeout: limitMs });
    const wake = createInboxWake({ publisher, subscriber: connect('wait'), prefix, onDropped: () => undefined });
    const heard: [number | undefined, number[]][] = [];
    await wake.subscribe((of, slots) => heard.push([of, [...(slots ?? [])]]));
    wake.publish(account, new Set([3, 31]));
    await vi.waitFor(() => expect(heard).toContainEqual([account, [3, 31]]), { timeout: limitMs });
  });
});
