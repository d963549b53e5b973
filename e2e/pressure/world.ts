import { chmodSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, createGateway, loginAsAdmin, registerNumber, startCluster, startServices } from '@multiconnect/local';
import { type Fleet, fleetNumbers, openFleet, signUpPhones } from '@multiconnect/phone';
import { Redis } from 'ioredis';
import pg from 'pg';
import { networkOf } from '../support/network.ts';
import { type Receiver, startReceiver } from './receiver.ts';

export const shards = 2;
const counts = { masters: 1, coreapps: 2, webapps: 1 };
const customerCount = 100;
const number = { cc: '1', phoneNumber: '6315550000', name: 'Pressure Inc.' };

/** What the customers' phones have shown. */
export interface Shown {
  total: number;
  /** Shown before, or after a later one of the same customer. */
  misplaced: number;
}

export interface World {
  readonly cluster: Cluster;
  readonly database: pg.Pool;
  readonly redis: Redis;
  readonly receiver: Receiver;
  readonly customers: readonly string[];
  readonly shown: Shown;
  post(to: string, text: string): Promise<void>;
  close(): Promise<void>;
}

type Close = () => Promise<unknown>;

/** Texts of one customer sort as they were accepted. */
function noteShown(shown: Shown): (customer: string, message: { readonly text: string }) => void {
  const last = new Map<string, string>();
  return (customer, { text }) => {
    shown.total += 1;
    if ((last.get(customer) ?? '') >= text) shown.misplaced += 1;
    last.set(customer, text);
  };
}

async function openPhones(cluster: Cluster, shown: Shown): Promise<Fleet> {
  const operatorToken = readFileSync(cluster.secrets.operatorTokenFile, 'utf8').trim();
  return openFleet({
    numbers: fleetNumbers(customerCount),
    register: (numbers) => signUpPhones({ registryUrl: cluster.registryUrl, operatorToken, numbers }),
    ...networkOf(cluster),
    onMessage: noteShown(shown),
  });
}

async function build(dir: string, label: string, closes: Close[]): Promise<World> {
  const onDeath = ({ message }: Error) => console.error(`! ${message}`);
  const services = await startServices({ dir, onDeath });
  closes.push(() => services.stop());
  const environment = { MULTICONNECT_RATE_LIMIT_MESSAGES: '100000/100000' };
  const cluster = await startCluster({ dir, services, counts, environment, onDeath });
  closes.push(() => cluster.stop());
  const receiver = await startReceiver(label);
  closes.push(() => receiver.stop());
  const gateway = createGateway(cluster.webappUrl);
  const { token } = await loginAsAdmin(gateway, undefined, () => undefined);
  await registerNumber(gateway, token, cluster, number, shards);
  const webhooks = { url: receiver.url, max_concurrent_requests: 24 };
  await gateway.call(token, 'PATCH', '/v1/settings/application', { webhooks, sent_status: false, callback_backoff_delay_ms: 200 });
  const shown: Shown = { total: 0, misplaced: 0 };
  const fleet = await openPhones(cluster, shown);
  closes.push(() => fleet.close());
  const database = new pg.Pool({ connectionString: cluster.postgresUrl, max: 2 });
  closes.push(() => database.end());
  const redis = new Redis(services.redisUrl);
  closes.push(() => redis.quit());
  const post = async (to: string, text: string) => {
    await gateway.call(token, 'POST', '/v1/messages', { to, type: 'text', text: { body: text } });
  };
  return { cluster, database, redis, receiver, customers: [...fleet.phones.keys()], shown, post, close: () => closeAll(closes) };
}

async function closeAll(closes: readonly Close[]): Promise<void> {
  for (const close of closes.toReversed()) await close();
}

/** A cluster with all around it. `label` names the callbacks that the receiver counts. */
export async function openWorld(label: string): Promise<World> {
  const dir = mkdtempSync(join(tmpdir(), 'multiconnect-pressure-'));
  // PostgreSQL's user has to pass through.
  chmodSync(dir, 0o711);
  const closes: Close[] = [() => rm(dir, { recursive: true, force: true })];
  try {
    return await build(dir, label, closes);
  } catch (error) {
    await closeAll(closes);
    throw error;
  }
}
