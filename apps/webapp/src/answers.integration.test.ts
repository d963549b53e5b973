import { connect } from 'node:tls';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestWebapp } from './testing/webapp.ts';
import { apiKey, startTestWebapp, userPassword } from './testing/webapp.ts';

let webapp: TestWebapp;
let admin: string;
let user: string;
const message = { to: '16315551001', type: 'text', text: { body: 'hello' } };

beforeAll(async () => {
  webapp = await startTestWebapp();
  admin = await webapp.adminToken();
  await webapp.request('POST', '/v1/users', { token: admin, json: { username: 'oper', password: userPassword } });
  user = await webapp.tokenOf('oper', userPassword);
});
afterAll(() => webapp.close());

describe('every answer', () => {
  it.each([
    ['a success', 'GET', '/v1/health', true, 200],
    ['what is not there', 'GET', '/v1/nothing', true, 404],
    ['a wrong method', 'GET', '/v1/messages', true, 405],
    ['a stranger', 'GET', '/v1/health', false, 401],
    ['a path that is none', 'GET', '/v1/users/%', true, 400],
    ['metrics', 'GET', '/metrics', true, 200],
  ])(
    'to %s has the documented headers [http.header.request_id] [http.header.internal_request_ids] [http.header.server] [http.header.cache_control]',
    async (_what, method, path, known, status) => {
      const answer = await webapp.request(method, path, known ? { token: admin } : {});
      expect(answer.status).toBe(status);
      expect(answer.headers).toMatchObject({
        'x-request-id': expect.stringMatching(/^[0-9a-f]{32}$/) as string,
        'x-internal-request-ids': expect.stringMatching(/^[0-9a-f]+(\|[0-9a-f]+)?$/) as string,
        server: 'Server',
        'cache-control': 'no-cache, private',
      });
    },
  );

  it('comes over TLS, and none without [http.https]', async () => {
    const socket = connect({ port: webapp.application.port, host: '127.0.0.1', ca: webapp.tls.cert });
    await once(socket, 'secureConnect');
    expect([socket.authorized, socket.getProtocol()]).toEqual([true, 'TLSv1.3']);
    socket.destroy();
    await expect(fetch(`http://127.0.0.1:${webapp.application.port}/v1/health`)).rejects.toThrow();
  });

  it('that reports an error reports the first one, and the field, and never its value [http.errors.first] [http.errors.details]', async () => {
    const answer = await webapp.request('POST', '/v1/messages', { token: user, json: { ...message, to: 'cAnArY', text: { body: 1 } } });
    expect(answer.json.errors).toEqual([{ code: 1009, title: 'Parameter value is not valid', details: 'to' }]);
    expect(answer.text).not.toContain('cAnArY');
  });

  it('that reports an error has no link in it [http.errors.href]', async () => {
    const answer = await webapp.request('GET', '/v1/nothing', { token: user });
    expect(Object.keys(answer.json.errors?.[0] ?? {})).toEqual(['code', 'title', 'details']);
  });
});

describe('a failure inside', () => {
  it('is answered 1000 and tells nothing of itself [error.1000]', async () => {
    const broken = await startTestWebapp({ clusterHealth: () => Promise.reject(new Error('cAnArY')) });
    try {
      const answer = await broken.request('GET', '/v1/health', { token: await broken.adminToken() });
      expect([answer.status, answer.json.errors]).toEqual([500, [{ code: 1000, title: 'Generic error' }]]);
    } finally {
      await broken.close();
    }
  });
});

describe('who may', () => {
  it.each([
    ['POST', '/v1/users', '[users.create]'],
    ['DELETE', '/v1/users/oper', '[users.delete]'],
    ['POST', '/v1/account', '[account.request_code]'],
    ['POST', '/v1/account/verify', '[account.verify]'],
    ['POST', '/v1/account/shards', '[shards.set]'],
    ['GET', '/v1/account/shards', '[shards.read]'],
    ['GET', '/v1/settings/application', '[settings.read] [contradiction.11]'],
    ['PATCH', '/v1/settings/application', '[settings.patch]'],
    ['DELETE', '/v1/settings/application', '[settings.reset]'],
  ])('%s %s: the admin only [http.roles.admin] %s', async (method, path, _rows) => {
    const answer = await webapp.request(method, path, { token: user });
    expect([answer.status, answer.json.errors?.[0]?.code]).toEqual([403, 1005]);
  });

  it('send, check contacts, use media and read health: every user [http.roles.user]', async () => {
    webapp.cluster.handlers.coreapp = { 'contacts.check': () => Promise.resolve([]) };
    const statusOf = async (method: string, path: string, options: object) => (await webapp.request(method, path, { token: user, ...options })).status;
    expect(await statusOf('POST', '/v1/messages', { json: message })).toBe(201);
    expect(await statusOf('POST', '/v1/contacts', { json: { contacts: ['+16315551001'] } })).toBe(200);
    expect(await statusOf('POST', '/v1/media', { raw: 'text', headers: { 'content-type': 'text/plain' } })).toBe(201);
    expect(await statusOf('GET', '/v1/health', {})).toBe(200);
  });

  it.each([
    ['POST', '/v1/messages'],
    ['POST', '/v1/contacts'],
    ['GET', '/v1/users/oper'],
    ['GET', '/v1/settings/application'],
  ])('%s %s: nobody with the API key alone [http.auth.apikey]', async (method, path) => {
    expect((await webapp.request(method, path, { headers: { authorization: `Apikey ${apiKey}` } })).status).toBe(401);
  });
});
