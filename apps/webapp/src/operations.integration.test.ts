import type { NodeSupport } from '@multiconnect/contract';
import { ApiError } from '@multiconnect/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TestWebapp } from './testing/webapp.ts';
import { apiKey, startTestWebapp } from './testing/webapp.ts';

let webapp: TestWebapp;
let token: string;
const meta = { version: '2.57.2', api_status: 'stable' };
const apiKeyHeader = { authorization: `Apikey ${apiKey}` };

beforeAll(async () => {
  webapp = await startTestWebapp();
  token = await webapp.adminToken();
});
afterAll(() => webapp.close());
beforeEach(() => {
  Object.assign(webapp.cluster.handlers, { master: {}, secondMaster: {}, coreapp: {} });
});

const get = (path: string, headers: Record<string, string> = apiKeyHeader) => webapp.request('GET', path, { headers });
const queue = { callback_queue_size: { type: 'gauge', help: 'Callbacks that wait', data: [{ labels: {}, value: 7 }] } } as const;
const contacts = { db_contacts: { type: 'gauge', help: 'Contacts', data: [{ labels: { type: 'whatsapp_user' }, value: 3 }] } } as const;

describe('the statistics', () => {
  it.each(['app', 'app/internal', 'db', 'db/internal'])(
    'of %s stand under every node, and a node that does not answer has its errors [stats.app.nodes] [stats.app.internal] [stats.db.internal]',
    async (path) => {
      const pattern = `stats.${path.replace('/', '-')}` as 'stats.app';
      webapp.cluster.handlers.master = { [pattern]: () => Promise.resolve({}) };
      webapp.cluster.handlers.coreapp = { [pattern]: () => Promise.resolve(queue) };
      const answer = await get(`/v1/stats/${path}`);
      const [name = ''] = path.split('/');
      expect(answer.status).toBe(200);
      expect(answer.json).toEqual({
        stats: { [name]: { 'master:1': {}, 'secondMaster:1': { errors: [expect.objectContaining({ code: 1014 })] }, 'coreapp:1': queue } },
        meta,
      });
    },
  );

  it('are text for Prometheus, each value with its node [stats.app.prometheus] [faq.prometheus] [stats.db.prometheus]', async () => {
    const quoted = { ...queue, db_contacts: { ...contacts.db_contacts, help: 'two\nlines', data: [{ labels: { type: 'a"b\\c' }, value: 0.5 }] } };
    webapp.cluster.handlers.coreapp = { 'stats.app': () => Promise.resolve(queue), 'stats.db': () => Promise.resolve(quoted) };
    webapp.cluster.handlers.master = { 'stats.app': () => Promise.resolve(queue), 'stats.db': () => Promise.resolve({}) };
    const app = await get('/v1/stats/app?format=prometheus');
    expect(app.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(app.text.split('\n')).toEqual([
      '# HELP callback_queue_size Callbacks that wait',
      '# TYPE callback_queue_size gauge',
      'callback_queue_size{node="master:1"} 7',
      'callback_queue_size{node="coreapp:1"} 7',
      '',
    ]);
    const db = await get('/v1/stats/db?format=prometheus');
    expect(db.text).toContain('# HELP db_contacts two\\nlines\n# TYPE db_contacts gauge\ndb_contacts{type="a\\"b\\\\c",node="coreapp:1"} 0.5\n');
  });

  it('refuse another format, and a stranger', async () => {
    expect((await get('/v1/stats/app?format=xml')).json.errors?.[0]).toMatchObject({ code: 1009, details: 'format' });
    expect((await get('/v1/stats/app', {})).status).toBe(401);
    expect((await get('/v1/stats/db', { authorization: 'Apikey wrong-key-entirely' })).status).toBe(401);
  });
});

describe('GET /metrics', () => {
  const shown = async () => (await get('/metrics')).json['metrics'] as Record<string, { type: string; help: string; data: { labels: Record<string, string>; value: number }[] }>;

  it('shows this webapp under the documented names, with its node [stats.metrics] [stats.metrics.node] [stats.metric.type] [stats.metric.help] [stats.metric.data] [stats.metrics.web_uptime] [stats.metrics.web_pending_connections] [stats.metrics.web_max_pending_connections] [stats.metrics.web_queue_len] [stats.metrics.web_idle_processes]', async () => {
    const metrics = await shown();
    expect(Object.keys(metrics).filter((name) => !/^(web_|api_requests_duration_ms_(sum|count)$)/.test(name))).toEqual([]);
    for (const name of ['web_uptime', 'web_connections', 'web_pending_connections', 'web_max_pending_connections', 'web_queue_len', 'web_idle_processes'])
      expect(metrics[name]).toMatchObject({ help: expect.stringMatching(/./) as string, data: [{ labels: { node: 'test' } }] });
    expect(metrics['web_connections']?.type).toBe('counter');
    expect(metrics['web_idle_processes']).toMatchObject({ type: 'gauge', data: [{ value: 0 }] });
    expect(metrics['web_pending_connections']?.data[0]?.value).toBe(0);
    expect(metrics['web_max_pending_connections']?.data[0]?.value).toBeGreaterThan(0);
  });

  it('counts requests, their answers and their time [stats.metrics.web_requests] [stats.metrics.web_connections] [stats.metrics.api_requests_duration_ms]', async () => {
    const health = (metrics: Awaited<ReturnType<typeof shown>>) =>
      metrics['api_requests_duration_ms_count']?.data.find(({ labels }) => labels['method'] === 'GET_v1_health' && labels['result'] === '200')?.value ?? 0;
    const before = await shown();
    await get('/v1/health');
    const after = await shown();
    expect(health(after)).toBe(health(before) + 1);
    const answered = (metrics: Awaited<ReturnType<typeof shown>>) => metrics['web_requests']?.data.find(({ labels }) => labels['state'] === 'answered')?.value ?? 0;
    expect(answered(after)).toBe(answered(before) + 2);
    expect(after['web_requests']?.data).toContainEqual({ labels: { state: 'active', node: 'test' }, value: 1 });
  });

  it('is text for Prometheus [stats.metrics.prometheus]', async () => {
    const { text } = await get('/metrics?format=prometheus');
    expect(text).toMatch(/^# HELP web_connections .*\n# TYPE web_connections counter\nweb_connections\{node="test"\} \d+$/m);
    expect(text).toMatch(/^api_requests_duration_ms_sum\{method="GET_metrics",result="200",node="test"\} [\d.]+$/m);
  });
});

describe('GET /v1/support', () => {
  it('shows what each node says, and who did not answer [support.read]', async () => {
    const facts: NodeSupport = {
      context: 'healthcheck', db_engine: 'PGSQL', db_info: 'PostgreSQL 13.8', debug_info: '16315551000', description: 'x', device_iso8601: '2026-01-01T00:00:00.000Z',
      e2e: { identity_timestamp: 1, registration_id: 2 }, env: [], expire_timestamp: 3, free_space_data: 4, free_space_logs: null, free_space_media_incoming: 5,
      free_space_media_outgoing: 6, lc: 'US', lg: 'en', multi_connect: true, os_name: 'Linux', os_version: '6', role: 'coreapp', socket_conn: 'UP',
      schema: { axolotl: 5, callback: 5, cluster: 5, config: 5, contact: 5, jobqueue: 5, message: 5 }, shards: [[-1, -1], [0, 0]], problems: ['disk'],
    };
    webapp.cluster.handlers.coreapp = { 'support.get': () => Promise.resolve(facts) };
    const answer = await webapp.request('GET', '/v1/support', { token });
    expect(answer.json).toMatchObject({ support: { 'coreapp:1': facts, 'master:1': { errors: [{ code: 1014 }] } }, meta });
    expect((await get('/v1/support')).status).toBe(401);
  });
});

describe('garbage collection', () => {
  const put = (path: string) => webapp.request('PUT', path, { token });

  it('of messages begins in every coreapp, and in no master [gc.messages] [gc.messages.nodes]', async () => {
    webapp.cluster.handlers.coreapp = { 'garbage.collect-messages': () => Promise.resolve({ status: 'processing' }) };
    const answer = await put('/v1/services/message/gc');
    expect([answer.status, answer.json]).toEqual([200, { services: { message: { gc: { 'coreapp:1': { status: 'processing' } } } }, meta }]);
  });

  it('of media begins in the one coreapp that does it [gc.media]', async () => {
    webapp.cluster.handlers.coreapp = { 'garbage.collect-media': () => Promise.resolve({ status: 'processing' }) };
    const answer = await put('/v1/services/media/gc');
    expect([answer.status, answer.json]).toEqual([200, { services: { media: { gc: { status: 'processing' } } }, meta }]);
  });

  it('of media says to try again while no coreapp is the one', async () => {
    webapp.cluster.handlers.coreapp = { 'garbage.collect-media': () => Promise.reject(new ApiError('notPrimaryCoreapp')) };
    const answer = await put('/v1/services/media/gc');
    expect([answer.status, answer.json.errors?.[0]?.code]).toEqual([503, 1018]);
  });
});

describe('groups', () => {
  it.each([
    ['GET', '/v1/groups', 'groups.list'],
    ['POST', '/v1/groups', 'groups.list'],
    ['GET', '/v1/groups/16315551001-1', 'groups.one'],
    ['PUT', '/v1/groups/16315551001-1', 'groups.one'],
    ['GET', '/v1/groups/16315551001-1/invite', 'groups.invite'],
    ['DELETE', '/v1/groups/16315551001-1/invite', 'groups.invite'],
    ['POST', '/v1/groups/16315551001-1/leave', 'groups.leave'],
    ['PATCH', '/v1/groups/16315551001-1/admins', 'groups.admins'],
    ['DELETE', '/v1/groups/16315551001-1/admins', 'groups.admins'],
    ['DELETE', '/v1/groups/16315551001-1/participants', 'groups.participants'],
    ['GET', '/v1/groups/16315551001-1/icon', 'groups.icon'],
    ['POST', '/v1/groups/16315551001-1/icon', 'groups.icon'],
    ['DELETE', '/v1/groups/16315551001-1/icon', 'groups.icon'],
  ])('%s %s is answered 404 and deprecated [%s]', async (method, path) => {
    const answer = await webapp.request(method, path, { token, ...(method !== 'GET' && { json: { wa_ids: ['16315551001'] } }) });
    expect([answer.status, answer.json]).toEqual([
      404,
      { meta: { version: '2.57.2', api_status: 'deprecated' }, errors: [{ code: 1006, title: 'Resource not found', details: 'Groups are no longer supported' }] },
    ]);
  });
});
