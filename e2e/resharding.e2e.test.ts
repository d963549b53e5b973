import { controlShard } from '@multiconnect/contract';
import type { ClusterProcess } from '@multiconnect/local';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { check, outstanding } from './chaos/checker.ts';
import { startTraffic, type Traffic } from './chaos/traffic.ts';
import { openWorld, type World } from './chaos/world.ts';

const rate = 16;
/** So many that nearly every slot has somebody. */
const customerCount = 64;
const limitMs = 120_000;

/** One for each test: messages are known by marks, which every traffic begins anew. */
let world: World;

beforeEach(async () => {
  world = await openWorld({ keep: false, kinds: new Set(), say: console.log, shardCount: 1, customerCount });
});
afterEach(() => world.close());

const eventually = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: limitMs, interval: 50 });

/** As many messages more in each direction, all of them from now on. */
async function flow(count: number): Promise<void> {
  const { posts, written } = world.history;
  const [posted, wrote] = [posts.length, written.length];
  const { shown, messages } = world.history;
  const [seen, called] = [shown.length, messages.length];
  await eventually(() => {
    expect(posts.length).toBeGreaterThan(posted + count);
    expect(written.length).toBeGreaterThan(wrote + count);
    expect(shown.length).toBeGreaterThan(seen + count);
    expect(messages.length).toBeGreaterThan(called + count);
  });
}

async function reshard(count: number): Promise<void> {
  await world.resharding.set(count);
  await eventually(() => expect(world.owners.shardCount()).toBe(count));
}

/** Puts messages on the cluster both ways while the work lasts, and holds the promises against what became of them. */
async function underTraffic(seed: number, work: () => Promise<void>): Promise<void> {
  const traffic: Traffic = startTraffic({ ...world, rate, seed });
  await flow(rate);
  await work();
  await traffic.stop();
  await eventually(() => expect(outstanding(world.history)).toMatchObject({ shown: 0, statuses: 0, calledBack: 0 }));
  await traffic.close();
  await eventually(() => expect(Object.values(outstanding(world.history)).every((left) => left === 0)).toBe(true));
  expect(check(world.history)).toEqual([]);
}

const metricsOf = async ({ metricsUrl }: ClusterProcess) => (await fetch(`${metricsUrl}/metrics`)).text();

describe('the number of shards', () => {
  it('goes from 1 to 32 and back, by steps and at once, and every promise is kept; the number stays connected [shards.set] [shards.set.any_time] [shards.set.live]', async () => {
    const controls = () => world.history.ownership.filter(({ shard }) => shard === controlShard).length;
    await underTraffic(1, async () => {
      const before = controls();
      for (const count of [2, 4, 8, 16, 32, 16, 8, 4, 2, 1, 32, 1]) {
        await reshard(count);
        await flow(rate);
      }
      expect(controls()).toBe(before);
    });
  });

  it('leaves nothing of the shards that are no more, neither in Redis nor in metrics [shards.set.gone]', async () => {
    await reshard(32);
    await reshard(1);
    const redis = new Redis(world.services.redisUrl);
    const queues = async () => (await redis.keys('*:outbound-1-*')).filter((key) => !key.includes(':outbound-1-0:'));
    await eventually(async () => expect(await queues()).toEqual([]));
    redis.disconnect();
    const running = world.cluster.coreapps.filter(({ pid }) => pid !== undefined);
    const texts = await Promise.all(running.map(metricsOf));
    const shards = texts.flatMap((text) => [...text.matchAll(/^multiconnect_shard_\w+\{.*shard="(-?\d+)"/gm)].map(([, shard]) => Number(shard)));
    expect(new Set(shards)).toEqual(new Set([controlShard, 0]));
  });
});
