import { dataOf } from '@multiconnect/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { check, outstanding } from './chaos/checker.ts';
import { openHistory } from './chaos/history.ts';
import { template } from './chaos/messages.ts';
import { type Owners, shards, watchOwners } from './chaos/owners.ts';
import { openPhones, type Phones } from './chaos/phones.ts';
import { openPoster } from './chaos/poster.ts';
import { type Receiver, startReceiver } from './chaos/receiver.ts';
import { startTraffic } from './chaos/traffic.ts';
import { type Balancer, startBalancer } from './support/balancer.ts';
import { type Business, openBusiness } from './support/business.ts';
import { handOvers, tableOfHandOvers } from './support/hand-over.ts';
import { approveTemplates } from './support/templates.ts';
import { until } from './support/traffic.ts';

const customers = Array.from({ length: 24 }, (_, index) => `1556${String(100_000_000 + index)}`);
/** Messages a second, each way. */
const rate = Number(process.env['ROLLING_RATE'] ?? 100);
const settleLimitMs = 60_000;
const webapps = 2;

const history = openHistory();
let business: Business;
let receiver: Receiver;
let phones: Phones;
let owners: Owners;
let balancer: Balancer;

beforeAll(async () => {
  business = await openBusiness({ masters: 2, coreapps: 5, webapps, shards, environment: { MULTICONNECT_DRAIN_DELAY_MS: '1000' } });
  const { cluster, api } = business;
  receiver = await startReceiver(history);
  await dataOf(api.PATCH('/v1/settings/application', { body: { webhooks: { url: receiver.url, max_concurrent_requests: 24 } } }));
  phones = await openPhones(cluster, customers, history);
  owners = watchOwners(cluster, history);
  balancer = startBalancer(cluster.webapps);
});
afterAll(async () => {
  await balancer.stop();
  await owners.stop();
  await phones.close();
  await business.close();
  await receiver.stop();
});

const isSettled = () => {
  const { shown, statuses, calledBack, files, ticks } = outstanding(history);
  return shown + statuses + calledBack + files + ticks === 0;
};

describe('a rolling upgrade', () => {
  it('of every process, one after another, loses, doubles and reorders nothing; no call fails', async () => {
    const { cluster, token, number } = business;
    const namespace = await approveTemplates({ cluster, number }, [template]);
    const poster = openPoster({ urls: balancer.urls, token, namespace, history });
    const traffic = startTraffic({ poster, phones, history, customers, business: number, rate, seed: 1 });
    // A webapp fetches a language pack with the first template, and has it from then on.
    const areTemplatesKnown = () => history.posts.filter(({ kind, id }) => kind === 'template' && id !== undefined).length >= 4 * webapps;
    await until(() => history.messages.length > 0 && areTemplatesKnown(), settleLimitMs, () => 'no message has come through');
    const fromMs = Date.now();
    for (const one of [cluster.registry, ...cluster.masters, ...cluster.coreapps]) await one.restart();
    for (const webapp of cluster.webapps) {
      await webapp.restart();
      await balancer.uses(webapp);
    }
    const untilMs = Date.now();
    await traffic.stop();
    await until(isSettled, settleLimitMs, () => JSON.stringify(outstanding(history)));
    await traffic.close();
    console.log(tableOfHandOvers(handOvers(history, fromMs, untilMs)));
    expect(check(history)).toEqual([]);
    expect([...poster.answers.keys()].filter((answer) => !answer.startsWith('2'))).toEqual([]);
  });
});
