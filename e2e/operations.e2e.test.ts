import { randomUUID } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MetricFamilies, NodeSupport, ServiceNotice } from '@multiconnect/contract';
import type { ReceivedCallback } from '@multiconnect/local';
import { memoryStorage, openPhone, type Phone, type ShownMessage, signUpPhones } from '@multiconnect/phone';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Business, openBusiness } from './support/business.ts';
import { isStatus, isTextFrom } from './support/callbacks.ts';
import { networkOf } from './support/network.ts';

const customer = `1631${String(Math.floor(Math.random() * 1e7)).padStart(7, '0')}`;
/** More than any volume has: every volume is below it from the start. */
const moreThanAnyVolumeMb = '999999999';

let business: Business;
let phone: Phone;
let database: pg.Pool;
const shown: ShownMessage[] = [];
let onShown: () => void = () => undefined;

const untilShown = async (id: string) => {
  while (!shown.some((message) => message.id === id)) await new Promise<void>((resolve) => (onShown = resolve));
};

beforeAll(async () => {
  business = await openBusiness({ environment: { MULTICONNECT_MIN_FREE_DISK_MB: moreThanAnyVolumeMb } });
  database = new pg.Pool({ connectionString: business.cluster.postgresUrl, max: 2 });
  const operatorToken = readFileSync(business.cluster.secrets.operatorTokenFile, 'utf8').trim();
  const [account] = await signUpPhones({ registryUrl: business.cluster.registryUrl, operatorToken, numbers: [customer] });
  if (account === undefined) throw new Error('no phone was signed up');
  phone = await openPhone({
    ...account,
    ...networkOf(business.cluster),
    storage: memoryStorage(),
    onMessage(message) {
      shown.push(message);
      onShown();
    },
  });
});
afterAll(async () => {
  await phone.close();
  await database.end();
  await business.close();
});

const get = async <Part>(path: string): Promise<Part> => (await business.gateway.call(business.token, 'GET', path)).body as Part;
const put = (path: string) => business.gateway.call(business.token, 'PUT', path);
const servicesOf = (callback: ReceivedCallback) => (callback.body as { services?: readonly ServiceNotice[] }).services ?? [];
const errorsOf = (callback: ReceivedCallback) => (callback.body as { errors?: readonly { code: number; details?: string }[] }).errors ?? [];

/** A message that was delivered and read, to its last callback. */
async function exchange(text: string): Promise<string> {
  const id = await business.sendText(customer, text);
  await untilShown(id);
  await business.sink.waitFor(isStatus(id, 'delivered'));
  phone.markRead(id);
  await business.sink.waitFor(isStatus(id, 'read'));
  return id;
}

describe('a cluster whose volumes are full', () => {
  it.each(['data', 'media'])('tells it of the %s directory by a callback, and in health and support, of every coreapp [callback.error.disk_space] [callback.error.shape]', async (volume) => {
    const callback = await business.sink.waitFor((one) => errorsOf(one).some(({ details = '' }) => details.includes(`${volume} directory`)));
    expect(callback.body).toEqual({ errors: [{ code: 1000, title: 'Generic error', details: expect.stringContaining(`of the ${volume} directory`) as string }] });
    const coreappsThatSay = async () => {
      const { health } = await get<{ health: Record<string, { role?: string; errors?: { details: string }[] }> }>('/v1/health');
      return Object.values(health).filter(({ role, errors = [] }) => role === 'coreapp' && errors.some(({ details }) => details.includes(`${volume} directory`)));
    };
    await expect.poll(async () => (await coreappsThatSay()).length, { timeout: 30_000 }).toBe(3);
  });

  it('goes on with what needs no file', async () => {
    await exchange('Full, and still here');
  });
});

describe('the figures after real traffic', () => {
  const valueOf = (families: MetricFamilies, name: string, labels: Readonly<Record<string, string>> = {}) =>
    (families[name]?.data ?? [])
      .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
      .reduce((sum, { value }) => sum + value, 0);

  it('of the application are those of every node, and what happened is in them [stats.app] [stats.app.callback_queue_size] [stats.app.in_message_from_server] [stats.app.in_message_decoded] [stats.app.in_message_persisted] [stats.app.in_messages_pending_processing] [stats.app.internal_server_conn_duration_ms] [stats.app.internal_server_requests_duration_ms] [stats.app.concurrent_rate_limit_triggered] [stats.app.uptime]', async () => {
    await exchange('Count me');
    await phone.send(business.number, 'And me');
    await business.sink.waitFor(isTextFrom(customer, 'And me'));
    const { stats } = await get<{ stats: { app: Record<string, MetricFamilies> } }>('/v1/stats/app');
    expect(Object.keys(stats.app).map((name) => name.split(':')[0]).toSorted()).toEqual(['coreapp1', 'coreapp2', 'coreapp3', 'master1', 'master2']);
    const sum = (name: string, labels?: Readonly<Record<string, string>>) => Object.values(stats.app).reduce((total, families) => total + valueOf(families, name, labels), 0);
    expect(sum('endpoint_requests', { endpoint: 'messages', result: 'success' })).toBeGreaterThanOrEqual(2);
    expect(sum('endpoint_requests', { endpoint: 'health', result: 'success' })).toBeGreaterThan(0);
    expect(sum('callback_requests_duration_ms_count', { type: 'status_change', result: 'success' })).toBeGreaterThanOrEqual(6);
    expect(sum('callback_requests_duration_ms_count', { type: 'inbound_message', result: 'success' })).toBe(1);
    expect(sum('in_message_decoded')).toBe(1);
    for (const name of ['in_message_from_server', 'in_message_persisted']) expect(sum(name)).toBeGreaterThanOrEqual(1);
    for (const name of ['db_request_duration_us_count', 'db_request_duration_us_sum', 'internal_server_conn_duration_ms_count', 'internal_server_requests_duration_ms_count', 'uptime'])
      expect(sum(name)).toBeGreaterThan(0);
    for (const name of ['callback_queue_size', 'in_messages_pending_processing', 'concurrent_rate_limit_triggered'])
      expect(Object.values(stats.app).filter((families) => families[name] !== undefined)).toHaveLength(3);
  });

  it('of the database are those of the leading master alone [stats.db] [stats.db.nodes] [faq.stats_cost]', async () => {
    const { stats } = await get<{ stats: { db: Record<string, MetricFamilies> } }>('/v1/stats/db');
    const filled = Object.entries(stats.db).filter(([, families]) => Object.keys(families).length > 0);
    expect(Object.keys(stats.db)).toHaveLength(5);
    expect(filled).toHaveLength(1);
    const [[name, families] = ['', {}]] = filled;
    const { health } = await get<{ health: Record<string, { role: string }> }>('/v1/health');
    expect(health[name]?.role).toBe('primary_master');
    expect(valueOf(families, 'db_contacts', { type: 'whatsapp_user' })).toBe(1);
    expect(valueOf(families, 'db_messages')).toBeGreaterThanOrEqual(3);
    expect(valueOf(families, 'db_message_receipts')).toBeGreaterThanOrEqual(4);
  });

  it('of one process stand under our own names where they are asked for', async () => {
    const { stats } = await get<{ stats: { app: Record<string, MetricFamilies> } }>('/v1/stats/app/internal');
    const [, families = {}] = Object.entries(stats.app).find(([name]) => name.startsWith('coreapp1')) ?? [];
    expect(families).toHaveProperty('multiconnect_messages_encrypted_total');
    const internal = await get<{ stats: { db: Record<string, MetricFamilies> } }>('/v1/stats/db/internal');
    expect(Object.values(internal.stats.db).flatMap((one) => Object.keys(one))).toContain('db_sessions');
  });
});

describe('support', () => {
  it('says of each node what it is, what it owns and what is wrong with it [support.shards] [support.role]', async () => {
    const { support } = await get<{ support: Record<string, NodeSupport> }>('/v1/support');
    const nodes = Object.values(support);
    expect(nodes.map(({ role }) => role).toSorted()).toEqual(['coreapp', 'coreapp', 'coreapp', 'primary_master', 'secondary_master']);
    expect(nodes.flatMap(({ shards }) => shards).toSorted()).toEqual([[-1, -1], [0, 0], [1, 1]]);
    for (const node of nodes) {
      expect(node).toMatchObject({ context: 'healthcheck', db_engine: 'PGSQL', debug_info: business.number, multi_connect: true });
      expect(node.e2e.registration_id).toBeGreaterThan(0);
      expect(Math.abs(node.e2e.identity_timestamp - Date.now() / 1000)).toBeLessThan(600);
      expect(node.free_space_data).toBeGreaterThan(0);
    }
    for (const node of nodes.filter(({ role }) => role === 'coreapp')) expect(node.problems?.join()).toContain('data directory');
    expect(JSON.stringify(support)).not.toContain(readFileSync(business.cluster.secrets.sealKeyFile, 'utf8').trim());
  });
});

describe('garbage collection', () => {
  it('of messages is reported by every coreapp, takes what is finished, and keeps what is needed [gc.messages.result] [gc.messages.keeps_pending] [gc.messages.keeps_unread] [gc.messages.keeps_callbacks] [callback.service.message_gc] [faq.gc_independent]', async () => {
    const read = await exchange('Finished long ago');
    await phone.send(business.number, 'Not marked read yet');
    const inbound = await business.sink.waitFor(isTextFrom(customer, 'Not marked read yet'));
    const [{ id: unread } = { id: '' }] = (inbound.body as { messages: { id: string }[] }).messages;
    await database.query(`UPDATE message SET accepted_at = now() - interval '25 days' WHERE id = ANY ($1)`, [[read, unread]]);
    const answer = await put('/v1/services/message/gc');
    const { gc } = (answer.body as { services: { message: { gc: Record<string, object> } } }).services.message;
    expect(Object.keys(gc)).toHaveLength(3);
    for (const status of Object.values(gc)) expect(status).toEqual({ status: 'processing' });

    let deleted = 0;
    for (const node of Object.keys(gc)) {
      const told = await business.sink.waitFor((callback) => servicesOf(callback).some(({ message }) => message?.gc.node === node));
      const [report] = servicesOf(told);
      expect(told.body).toEqual({ services: [{ message: { gc: { node, messages_deleted: expect.any(Number) as number, status: 'complete' } } }] });
      deleted += report?.message?.gc.messages_deleted ?? 0;
    }
    expect(deleted).toBe(1);
    const left = await database.query<{ id: string }>('SELECT id FROM message WHERE id = ANY ($1)', [[read, unread]]);
    expect(left.rows.map(({ id }) => id)).toEqual([unread]);
    await business.gateway.call(business.token, 'PUT', `/v1/messages/${unread}`, { status: 'read' });
  });

  it('of media deletes what nothing used for 30 days, file and row, and reports it once [gc.media.one] [gc.media.result] [callback.service.media_gc] [contradiction.8]', async () => {
    const folder = join(business.cluster.dir, 'media', 'outgoing');
    await mkdir(folder, { recursive: true });
    const [unused, used] = [randomUUID(), randomUUID()];
    for (const [id, age] of [[unused, '31 days'], [used, '29 days']] as const) {
      await writeFile(join(folder, id), 'a file');
      await database.query(
        `INSERT INTO media (account, id, direction, mime_type, size_bytes, sha256, used_at) VALUES (1, $1, 'outgoing', 'text/plain', 6, '', now() - $2::interval)`,
        [id, age],
      );
    }
    const answer = await put('/v1/services/media/gc');
    expect(answer.body).toMatchObject({ services: { media: { gc: { status: 'processing' } } } });
    const told = await business.sink.waitFor((callback) => servicesOf(callback).some(({ media }) => media !== undefined));
    const gc = { items_deleted: 1, status: 'complete' };
    expect(told.body).toEqual({ services: [{ message: { gc }, media: { gc } }] });
    expect(await readdir(folder)).toEqual([used]);
    expect((await database.query('SELECT id FROM media')).rowCount).toBe(1);
  });
});

describe('pass_through', () => {
  it('keeps no message once it is delivered, and tells of no reading [settings.pass_through] [settings.pass_through.no_read]', async () => {
    await business.gateway.call(business.token, 'PATCH', '/v1/settings/application', { pass_through: true });
    const id = await business.sendText(customer, 'Through and gone');
    await untilShown(id);
    await business.sink.waitFor(isStatus(id, 'delivered'));
    phone.markRead(id);
    await phone.send(business.number, 'Behind the read marker');
    await business.sink.waitFor(isTextFrom(customer, 'Behind the read marker'));
    expect((await database.query('SELECT 1 FROM message WHERE id = $1', [id])).rowCount).toBe(0);
    expect(business.sink.callbacks.filter(isStatus(id, 'read'))).toEqual([]);
    await business.gateway.call(business.token, 'PATCH', '/v1/settings/application', { pass_through: false });
  });
});
