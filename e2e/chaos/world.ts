import { chmodSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, createGateway, issueCertificate, loginAsAdmin, registerNumber, type Services, startCluster, startServices } from '@multiconnect/local';
import { approveTemplates } from '../support/templates.ts';
import type { FaultName } from './fault-kinds.ts';
import { openHistory, type OpenHistory } from './history.ts';
import { type Levers, openLevers, phones as phonesName } from './levers.ts';
import { template } from './messages.ts';
import { type Owners, shardOf, shards, watchOwners } from './owners.ts';
import { openPhones, type Phones } from './phones.ts';
import { openPoster, type Poster } from './poster.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { openResharding, type Resharding } from './resharding.ts';

const counts = { masters: 2, coreapps: 5, webapps: 2 };
const defaultCustomerCount = 24;
const number = { cc: '1', phoneNumber: '6315550000', name: 'Chaos Inc.' };

/** A cluster with everything around it, all of it the harness's own. */
export interface World {
  readonly dir: string;
  readonly services: Services;
  readonly cluster: Cluster;
  readonly levers: Levers;
  readonly receiver: Receiver;
  readonly phones: Phones;
  readonly poster: Poster;
  readonly owners: Owners;
  readonly resharding: Resharding;
  readonly customers: readonly string[];
  /** The business's number. */
  readonly business: string;
  readonly history: OpenHistory;
  /** Ends everything that was started. */
  close(): Promise<void>;
}

export interface WorldOptions {
  /** Leaves data and logs where they are. */
  readonly keep: boolean;
  /** The faults to come: not all need the same. */
  readonly kinds: ReadonlySet<FaultName>;
  readonly say: (line: string) => void;
  /** How many shards the number begins with. */
  readonly shardCount?: number;
  readonly customerCount?: number;
}

/** In a row, and so many that every shard has some. */
function customerNumbers(count: number): readonly string[] {
  const numbers = Array.from({ length: count }, (_, index) => `1555${String(100_000_000 + index)}`);
  const used = new Set(numbers.map((one) => shardOf(one)));
  if (used.size !== shards) throw new Error('a shard has no customers');
  return numbers;
}

type Close = () => Promise<unknown>;

/** As startCluster names them. */
const processNames = [
  'registry',
  ...Object.entries({ master: counts.masters, coreapp: counts.coreapps, webapp: counts.webapps }).flatMap(([role, count]) =>
    Array.from({ length: count }, (_, index) => `${role}${index + 1}`),
  ),
];

async function build(dir: string, { kinds, say, shardCount = shards, customerCount = defaultCustomerCount }: WorldOptions, closes: Close[]): Promise<World> {
  const history = openHistory();
  const onDeath = ({ message }: Error) => {
    say(`! ${message}`);
    history.incidents.push({ what: 'died', detail: message, atMs: Date.now() });
  };
  const services = await startServices({ dir, onDeath });
  closes.push(() => services.stop());
  const levers = await openLevers({ dir, services, processes: [...processNames, phonesName], kinds });
  closes.push(() => levers.close());
  const cluster = await startCluster({ dir, services, counts, onDeath, ...levers.clusterOptions });
  closes.push(() => cluster.stop());
  const receiver = await startReceiver(history);
  closes.push(() => receiver.stop());
  const gateway = createGateway(cluster.webappUrl);
  const { token } = await loginAsAdmin(gateway, undefined, () => undefined);
  await registerNumber(gateway, token, cluster, number, shardCount);
  const resharding = openResharding({ gateway, token, cert: await issueCertificate(cluster, number), number, shardCount });
  await gateway.call(token, 'PATCH', '/v1/settings/application', {
    webhooks: { url: receiver.url, max_concurrent_requests: 24 },
    sent_status: true,
    callback_backoff_delay_ms: 200,
  });
  const customers = customerNumbers(customerCount);
  const phones = await openPhones({ ...cluster, services: levers.clusterOptions.servicesOf(phonesName) }, customers, history);
  closes.push(() => phones.close());
  const owners = watchOwners(cluster, history);
  closes.push(() => owners.stop());
  const business = `${number.cc}${number.phoneNumber}`;
  const namespace = await approveTemplates({ cluster, number: business }, [template]);
  const poster = openPoster({ urls: cluster.webapps.map(({ port }) => `https://127.0.0.1:${port}`), token, namespace, history });
  return { dir, services, cluster, levers, receiver, phones, poster, owners, resharding, customers, business, history, close: () => closeAll(closes) };
}

async function closeAll(closes: readonly Close[]): Promise<void> {
  for (const close of closes.toReversed()) await close();
}

export async function openWorld(options: WorldOptions): Promise<World> {
  const dir = mkdtempSync(join(tmpdir(), 'multiconnect-chaos-'));
  // PostgreSQL's user has to pass through.
  chmodSync(dir, 0o711);
  const closes: Close[] = [];
  if (!options.keep) closes.push(() => rm(dir, { recursive: true, force: true }));
  try {
    return await build(dir, options, closes);
  } catch (error) {
    await closeAll(closes);
    throw error;
  }
}
