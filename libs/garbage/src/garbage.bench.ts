// `POST /v1/messages` with and without a garbage collection of 1,000,000 messages beside it, on a cluster of its own.
// `npm run bench` in this package. Exit status 1 when the 99th percentile with it is twice the idle one or more.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Percentiles, percentilesOf } from '@multiconnect/load';
import { type Cluster, createGateway, type Gateway, loginAsAdmin, registerNumber, startCallbackSink, startCluster, startServices } from '@multiconnect/local';
import pg from 'pg';

const rows = Number(process.argv[2] ?? 1_000_000);
const perSecond = 50;
const idleS = 60;
/** Without phones: each message ends after its acceptance, the same way in both phases. */
const customers = Array.from({ length: 200 }, (_, index) => `1631556${String(index).padStart(4, '0')}`);

const say = (line: string) => void process.stdout.write(`${line}\n`);
const show = ({ p50, p95, p99, max }: Percentiles) => [p50, p95, p99, max].map((ms) => ms.toFixed(1)).join(' / ');

async function seed(cluster: Cluster): Promise<void> {
  const database = new pg.Client({ connectionString: cluster.postgresUrl });
  await database.connect();
  // Half of them go: read and failed ones. Delivered and received ones are younger than 30 days and stay.
  await database.query(
    `INSERT INTO message (account, id, customer, slot, type, body, state, accepted_at)
     SELECT 1, 'seed-' || n, '16315550000', n % 32, 'text', json_build_object('text', json_build_object('body', repeat('x', 100))),
            (ARRAY[4, 3, 4, 10, 5, 2])[1 + n % 6], now() - interval '2 days' - n * interval '2 seconds'
     FROM generate_series(1, $1) n`,
    [rows],
  );
  await database.query('VACUUM ANALYZE message');
  await database.query('CHECKPOINT');
  await database.end();
}

/** At the rate, however long answers take, until `isOver`. */
async function post(gateway: Gateway, token: string, isOver: () => boolean): Promise<Percentiles> {
  const tookMs: number[] = [];
  const requests: Promise<void>[] = [];
  const startMs = performance.now();
  for (let count = 0; !isOver(); count += 1) {
    await sleep(Math.max(0, startMs + (count * 1000) / perSecond - performance.now()));
    const sentMs = performance.now();
    const body = { to: customers[count % customers.length], type: 'text', text: { body: `message ${count}` } };
    requests.push(gateway.call(token, 'POST', '/v1/messages', body).then(() => void tookMs.push(performance.now() - sentMs)));
  }
  await Promise.all(requests);
  const percentiles = percentilesOf(tookMs);
  if (percentiles === undefined) throw new Error('nothing was posted');
  return percentiles;
}

const after = (seconds: number) => {
  const endMs = performance.now() + seconds * 1000;
  return () => performance.now() >= endMs;
};

const dir = mkdtempSync(join(tmpdir(), 'garbage-bench-'));
chmodSync(dir, 0o711);
const services = await startServices({ dir, external: {}, onInstall: () => undefined, onDeath: (error) => say(error.message) });
const cluster = await startCluster({ dir, services, counts: { masters: 1, coreapps: 2, webapps: 1 }, onDeath: (error) => say(error.message) });
const sink = await startCallbackSink({ capacity: 1_000_000 });
try {
  const gateway = createGateway(cluster.webappUrl);
  const { token } = await loginAsAdmin(gateway, undefined, () => undefined);
  await registerNumber(gateway, token, cluster, { cc: '1', phoneNumber: '6315550000', name: 'Garbage Inc.' }, 2);
  await gateway.call(token, 'PATCH', '/v1/settings/application', { webhooks: { url: sink.url } });
  say(`${rows} messages are made`);
  await seed(cluster);
  await post(gateway, token, after(15));
  const idle = await post(gateway, token, after(idleS));
  say(`without a collection, p50 / p95 / p99 / max in ms: ${show(idle)}`);

  const startMs = performance.now();
  await gateway.call(token, 'PUT', '/v1/services/message/gc');
  const reports = () => sink.callbacks.flatMap(({ body }) => (body as { services?: { message: { gc: { messages_deleted: number } } }[] }).services ?? []);
  const beside = await post(gateway, token, () => reports().length >= 2);
  const deleted = reports().reduce((sum, { message }) => sum + message.gc.messages_deleted, 0);
  say(`with one beside it: ${show(beside)}`);
  say(`${deleted} messages deleted in ${Math.round((performance.now() - startMs) / 1000)} s`);
  const ratio = beside.p99 / idle.p99;
  say(`99th percentile: ${ratio.toFixed(2)} times the idle one`);
  process.exitCode = ratio < 2 ? 0 : 1;
} finally {
  await cluster.stop();
  await sink.stop();
  await services.stop();
  rmSync(dir, { recursive: true, force: true });
}
