import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster, ClusterProcess } from '@multiconnect/local';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Business, openBusiness } from './support/business.ts';
import { expectAllCalledBack, expectAllShown } from './support/check.ts';
import { controlOwner, leader, ownerOf, shardOf } from './support/ownership.ts';
import { type Customers, openCustomers, postTexts, writeTexts } from './support/traffic.ts';

const shards = 2;
const messages = 1_000;
const perSecond = 50;
const customerCount = 20;
const freezeMs = 20_000;

let business: Business;
let customers: Customers;

beforeAll(async () => {
  business = await openBusiness({ shards });
  customers = await openCustomers(business, customerCount);
});
afterAll(async () => {
  await customers.fleet.close();
  await business.close();
});

const callbacks = () => business.sink.callbacks;

/** From the kill to the first message of the shard that was posted after it and is shown. */
function resumedAfterMs(posted: Awaited<ReturnType<typeof postTexts>>, shard: number, killedAtMs: number): number {
  const later = posted.filter(({ customer, postedAtMs }) => shardOf(customer, shards) === shard && postedAtMs >= killedAtMs);
  const shownAt = later.map(({ customer, text }) => customers.shown.get(customer)?.find((one) => one.text === text)?.atMs ?? Infinity);
  return Math.min(...shownAt) - killedAtMs;
}

describe('messages to customers', () => {
  it('are shown once and in order though the owner of a shard is killed, and then the leading master [faq.stored_until_sent] [faq.no_order] [messages.send.durable]', async () => {
    const label = 'kill';
    const traffic = postTexts(business, customers.numbers, { count: messages, perSecond, label });
    await delay(5_000);
    const owner = await ownerOf(business.cluster, 0);
    const killedAtMs = Date.now();
    await owner.kill('SIGKILL');
    await delay(6_000);
    const leading = await leader(business.cluster);
    await leading.kill('SIGKILL');
    const posted = await traffic;
    await expectAllShown(posted, customers, callbacks, label);
    console.log(`coreapp killed: shard 0 sent again after ${resumedAfterMs(posted, 0, killedAtMs)} ms (aim: 3000)`);
    await Promise.all([owner.restart(), leading.restart()]);
  });

  it('are shown once and in order though Redis is emptied', async () => {
    const label = 'flush';
    const traffic = postTexts(business, customers.numbers, { count: messages, perSecond, label });
    await delay(8_000);
    const redis = new Redis(business.cluster.services.redisUrl);
    await redis.flushall();
    redis.disconnect();
    await expectAllShown(await traffic, customers, callbacks, label);
  });
});

describe('messages both ways', () => {
  const perCustomer = messages / customerCount;
  const count = messages;

  /** Traffic in both directions with `fault` in its middle; nothing may be lost, repeated or reordered in either. */
  const survive = async (label: string, fault: () => Promise<void>) => {
    const outward = postTexts(business, customers.numbers, { count, perSecond, label: `${label} out` });
    const inward = writeTexts(business, customers, { count, perSecond, label: `${label} in` });
    await delay(3_000);
    await fault();
    const [posted] = await Promise.all([outward, inward]);
    await expectAllShown(posted, customers, callbacks, `${label} out`);
    await expectAllCalledBack(customers, perCustomer, callbacks, `${label} in`);
  };

  it('survive the kill of the coreapp that holds the control shard', async () => {
    const owner = await controlOwner(business.cluster);
    await survive('control kill', () => owner.kill('SIGKILL'));
    await owner.restart();
  });

  it.each<[string, (cluster: Cluster) => Promise<ClusterProcess>]>([
    ['the control shard', controlOwner],
    ['a message shard', (cluster) => ownerOf(cluster, 0)],
  ])('survive that the owner of %s freezes for 20 s and thaws', async (what, find) => {
    const owner = await find(business.cluster);
    await survive(`freeze ${what}`, async () => {
      await owner.kill('SIGSTOP');
      await delay(freezeMs);
      await owner.kill('SIGCONT');
    });
    expect(owner.pid).toBeDefined();
    expect(await find(business.cluster)).not.toBe(owner);
  });
});
