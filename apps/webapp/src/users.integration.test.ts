import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { basic } from './testing/client.ts';
import type { TestWebapp } from './testing/webapp.ts';
import { adminPassword, apiKey, startTestWebapp, userPassword } from './testing/webapp.ts';

let webapp: TestWebapp;
let admin: string;

beforeAll(async () => {
  webapp = await startTestWebapp();
});
afterAll(() => webapp.close());

const login = (username: string, password: string, options: object = {}) =>
  webapp.request('POST', '/v1/users/login', { headers: { authorization: basic(username, password) }, ...options });

describe('the first login of the admin', () => {
  it.each([
    ['no body', {}, 401, { code: 1024, title: 'Password change required', details: 'Password must be changed' }],
    ['JSON without new_password', { json: {} }, 401, { code: 1024, title: 'Password change required', details: 'Password must be changed' }],
    [
      'no JSON',
      { raw: '{"new_password"', headers: { authorization: basic('admin', 'secret'), 'content-type': 'application/json' } },
      400,
      { code: 1025, title: 'Request is not valid', details: 'Unable to decode json from the request: Syntax error' },
    ],
    ['a weak password', { json: { new_password: 'weak' } }, 400, { code: 1009, title: 'Parameter value is not valid', details: 'new_password' }],
  ])('with %s is answered as documented', async (_name, options, status, error) => {
    const before = await webapp.stateDigest();
    const answer = await login('admin', 'secret', options);
    expect(answer.status).toBe(status);
    expect(answer.json.errors).toEqual([error]);
    expect(answer.json.meta).toEqual({ version: '2.57.2', api_status: 'stable' });
    if (status === 401) expect(answer.headers['www-authenticate']).toBe('Basic realm="Secured"');
    expect(await webapp.stateDigest()).toBe(before);
  });

  it('with a good password gives a token, and the old password is over', async () => {
    const answer = await login('admin', 'secret', { json: { new_password: adminPassword } });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      users: [{ token: expect.stringMatching(/^eyJ0eXAiOi/) as string, expires_after: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00$/) as string }],
      meta: { version: 'v2.57.2', api_status: 'stable' },
    });
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
    expect(answer.headers['cache-control']).toBe('no-cache, private');
    expect((await login('admin', 'secret')).status).toBe(401);
    admin = await webapp.adminToken();
  });

  it('is not repeated: an empty body of any type, a trailing slash or an empty JSON object logs in', async () => {
    expect((await login('admin', adminPassword)).status).toBe(200);
    expect((await login('admin', adminPassword, { json: {} })).status).toBe(200);
    const headers = { authorization: basic('admin', adminPassword), 'content-type': 'application/x-www-form-urlencoded' };
    expect((await webapp.request('POST', '/v1/users/login/', { headers })).status).toBe(200);
  });
});

describe('users', () => {
  it('are created, described, changed and deleted with the documented bodies', async () => {
    const meta = { version: '2.57.2', api_status: 'stable' };
    const created = await webapp.request('POST', '/v1/users', { token: admin, json: { username: 'oper', password: userPassword } });
    expect([created.status, created.json]).toEqual([201, { users: [{ username: 'oper' }], meta }]);
    const read = await webapp.request('GET', '/v1/users/oper', { token: admin });
    expect([read.status, read.json]).toEqual([200, { users: [{ username: 'oper', ROLES: 'ROLE_USER' }], meta }]);
    const changed = await webapp.request('PUT', '/v1/users/oper/', { token: admin, json: { password: 'N3w-Password!' } });
    expect([changed.status, changed.json]).toEqual([200, { users: [{ username: 'oper' }], meta }]);
    expect((await login('oper', userPassword)).status).toBe(401);
    expect((await login('oper', 'N3w-Password!')).status).toBe(200);
    const removed = await webapp.request('DELETE', '/v1/users/oper', { token: admin });
    expect([removed.status, removed.json]).toEqual([200, { users: [{ username: 'oper' }], meta }]);
    expect((await login('oper', 'N3w-Password!')).status).toBe(401);
  });

  it('may do what their role lets them', async () => {
    await webapp.request('POST', '/v1/users', { token: admin, json: { username: 'role-user', password: userPassword } });
    const token = await webapp.tokenOf('role-user', userPassword);
    const statusOf = async (method: string, path: string, json?: unknown) => (await webapp.request(method, path, { token, json })).status;
    expect(await statusOf('GET', '/v1/users/role-user')).toBe(200);
    expect(await statusOf('GET', '/v1/health')).toBe(200);
    for (const [method, path] of [
      ['GET', '/v1/users/admin'],
      ['PUT', '/v1/users/admin'],
      ['DELETE', '/v1/users/role-user'],
      ['POST', '/v1/users'],
      ['POST', '/v1/account'],
      ['POST', '/v1/account/verify'],
      ['GET', '/v1/account/shards'],
      ['POST', '/v1/account/shards'],
      ['GET', '/v1/settings/application'],
      ['PATCH', '/v1/settings/application'],
      ['DELETE', '/v1/settings/application'],
    ] as const) {
      const answer = await webapp.request(method, path, { token });
      expect([path, answer.status, answer.json.errors?.[0]?.code]).toEqual([path, 403, 1005]);
    }
  });

  it('are logged out of every token they have, and no other user is', async () => {
    await webapp.request('POST', '/v1/users', { token: admin, json: { username: 'leaver', password: userPassword } });
    const tokens = [await webapp.tokenOf('leaver', userPassword), await webapp.tokenOf('leaver', userPassword)] as const;
    const statusOf = async (token: string) => (await webapp.request('GET', '/v1/health', { token })).status;
    expect([await statusOf(tokens[0]), await statusOf(tokens[1])]).toEqual([200, 200]);
    expect((await webapp.request('POST', '/v1/users/logout', { token: tokens[0] })).status).toBe(200);
    expect([await statusOf(tokens[0]), await statusOf(tokens[1]), await statusOf(admin)]).toEqual([401, 401, 200]);
    expect(await statusOf(await webapp.tokenOf('leaver', userPassword))).toBe(200);
  });
});

describe('authorization', () => {
  const unsigned = (payload: object) =>
    `${Buffer.from('{"typ":"JWT","alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.`;

  it('refuses everything that is no valid token, everywhere but at login, and reads no body of a stranger', async () => {
    const before = await webapp.stateDigest();
    const forged = [undefined, 'Bearer', 'Bearer x', `Bearer ${admin}x`, `Bearer ${unsigned({ user: 'admin', iat: 1, exp: 9_999_999_999 })}`, basic('admin', adminPassword), `Apikey ${apiKey}`];
    for (const authorization of forged) {
      for (const [method, path] of [
        ['POST', '/v1/messages'],
        ['PUT', '/v1/messages/x'],
        ['POST', '/v1/contacts'],
        ['POST', '/v1/users'],
        ['POST', '/v1/users/logout'],
        ['DELETE', '/v1/users/admin'],
        ['GET', '/v1/account/shards'],
        ['PATCH', '/v1/settings/application'],
      ] as const) {
        const answer = await webapp.request(method, path, { raw: '{broken', headers: { ...(authorization && { authorization }), 'content-type': 'application/json' } });
        expect([path, answer.status, answer.json.errors?.[0]?.code]).toEqual([path, 401, 1005]);
        expect(answer.headers['www-authenticate']).toBe('Basic realm="Secured"');
      }
    }
    expect(await webapp.stateDigest()).toBe(before);
  });

  it('takes the API key for health and metrics only', async () => {
    const headers = { authorization: `Apikey ${apiKey}` };
    const health = await webapp.request('GET', '/v1/health', { headers });
    expect([health.status, health.json['health']]).toEqual([200, { 'master:1': { gateway_status: 'connected', role: 'primary_master' } }]);
    const metrics = await webapp.request('GET', '/metrics', { headers });
    expect(metrics.status).toBe(200);
    expect(metrics.text).toMatch(/api_requests_duration_ms_count\{.*method="GET_v1_health",result="200"\} \d/);
    expect((await webapp.request('GET', '/metrics')).status).toBe(401);
    expect((await webapp.request('GET', '/v1/health', { headers: { authorization: 'Apikey wrong' } })).status).toBe(401);
  });
});
