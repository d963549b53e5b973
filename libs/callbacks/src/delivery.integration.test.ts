import { systemClock } from '@multiconnect/clock';
import { parsePostgresUrl } from '@multiconnect/config';
import { createTestDatabase } from '@multiconnect/local/testing';
import { type Fenced, openMessageStore } from '@multiconnect/message-store';
import { createSeal } from '@multiconnect/vault';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { runCallbackDelivery } from './delivery.ts';
import { createEgressRule } from '@multiconnect/egress';
import { createHttpCallbackSender } from './http-sender.ts';
import { startReceiver } from './testing/receiver.ts';

const customers = 20;
const callbacksEach = 20;
const total = customers * callbacksEach;

const insertCallbacks = `
  INSERT INTO callback (account, slot, customer, event_id, kind, body)
  SELECT 1, c % 4, 'customer ' || c, 'customer ' || c || '/' || n, 'status_change',
         json_build_object('kind', 'status_change', 'id', 'm', 'recipient_id', '1', 'status', 'read', 'timestamp', 1)
  FROM generate_series(1, $2::int) AS n, generate_series(1, $1::int) AS c ORDER BY n, c`;

async function openStore() {
  const database = await createTestDatabase();
  const connection = parsePostgresUrl(database.url);
  if (!connection) throw new Error('TEST_POSTGRES_URL is no URL of a database');
  const store = openMessageStore({
    connection,
    seal: createSeal(new Uint8Array(32)),
    maxConnections: 4,
    applicationName: 'test',
    onConnectionLost: () => undefined,
  });
  await store.migrate();
  const sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
  onTestFinished(async () => {
    await Promise.all([store.close(), sql.end()]);
    await database.drop();
  });
  return { store, sql };
}

it('delivers a backlog from PostgreSQL through failures and a change of owner, in order per customer, and fences the old owner', async () => {
  const { store, sql } = await openStore();
  await sql.query('INSERT INTO shard (account, shard, epoch) VALUES (1, 0, 1) ON CONFLICT (account, shard) DO UPDATE SET epoch = 1');
  await sql.query(insertCallbacks, [customers, callbacksEach]);

  const answered = new Set<string>();
  let requests = 0;
  const { promise: isSomeAnswered, resolve: someAnswered } = Promise.withResolvers<undefined>();
  const { promise: isAllAnswered, resolve: allAnswered } = Promise.withResolvers<undefined>();
  const receiver = await startReceiver((response, { headers }) => {
    requests += 1;
    if (requests % 10 === 0) {
      response.writeHead(500).end();
      return;
    }
    answered.add(String(headers['webhook-id']));
    response.writeHead(200).end();
    if (answered.size >= total / 4) someAnswered(undefined);
    if (answered.size === total) allAnswered(undefined);
  });
  const sender = createHttpCallbackSender({ timeoutMs: 5000, secret: 'secret', clock: systemClock, egress: createEgressRule('all') });
  onTestFinished(async () => {
    await sender.close();
    await receiver.close();
  });

  const silent = () => undefined;
  const own = (epoch: number, onFenced: (error: Fenced) => void) =>
    runCallbackDelivery({
      tenure: { account: 1, shard: 0, epoch },
      slots: [0, 1, 2, 3],
      queue: store.callbacks,
      sender,
      settings: () => ({ url: receiver.url, maxConcurrentRequests: 6, backoffDelayMs: 1, maxBackoffDelayMs: 5, deadAfterMs: 60_000 }),
      clock: systemClock,
      log: { isLevelEnabled: () => false, debug: silent, info: silent, warn: silent, error: silent },
      onFenced,
      windowSize: 50,
    });

  const { promise: isFenced, resolve: fenced } = Promise.withResolvers<Fenced>();
  const first = own(1, fenced);
  await isSomeAnswered;
  await sql.query('UPDATE shard SET epoch = 2 WHERE account = 1 AND shard = 0');
  const second = own(2, silent);
  expect((await isFenced).tenure.epoch).toBe(1);
  await isAllAnswered;
  await Promise.all([first.stop(), second.stop()]);

  const inOrder = Map.groupBy(answered, (eventId) => eventId.split('/')[0]);
  for (const [customer, eventIds] of inOrder) {
    expect(eventIds).toEqual(Array.from({ length: callbacksEach }, (_, index) => `${customer ?? ''}/${index + 1}`));
  }
  expect((await sql.query('SELECT seq FROM callback')).rows).toEqual([]);
});
