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
    ['no body', 'users.login.first.no_body', {}, 401, { code: 1024, title: 'Password change required', details: 'Password must be changed' }],
    ['JSON without new_password', 'users.login.first.no_new_password', { json: {} }, 401, { code: 1024, title: 'Password change required', details: 'Password must be changed' }],
    [
      'no JSON',
      'users.login.first.not_json',
      { raw: '{"new_password"', headers: { authorization: basic('admin', 'secret'), 'content-type': 'application/json' } },
      400,
      { code: 1025, title: 'Request is not valid', details: 'Unable to decode json from the request: Syntax error' },
    ],
    ['a weak password', 'users.login.first.weak', { json: { new_password: 'weak' } }, 400, { code: 1009, title: 'Parameter value is not valid', details: 'new_password' }],
  ])('with %s is answered as documented [%s] [http.header.www_authenticate] [error.1024]', async (_name, _row, options, status, error) => {
    const before = await webapp.stateDigest();
    const answer = await login('admin', 'secret', options);
    expect(answer.status).toBe(status);
    expect(answer.json.errors).toEqual([error]);
    expect(answer.json.meta).toEqual({ version: '2.57.2', api_status: 'stable' });
    if (status === 401) expect(answer.headers['www-authenticate']).toBe('Basic realm="Secured"');
    expect(await webapp.stateDigest()).toBe(before);
  });

  it('with a good password gives a token, and the old password is over [users.admin.initial] [users.login] [users.login.token] [users.login.expires_after] [users.login.new_password] [http.auth.basic]', async () => {
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

  it('is not repeated: an empty body of any type, a trailing slash or an empty JSON object logs in [http.trailing_slash]', async () => {
    expect((await login('admin', adminPassword)).status).toBe(200);
    expect((await login('admin', adminPassword, { json: {} })).status).toBe(200);
    const headers = { authorization: basic('admin', adminPassword), 'content-type': 'application/x-www-form-urlencoded' };
    expect((await webapp.request('POST', '/v1/users/login/', { headers })).status).toBe(200);
  });
});

describe('users', () => {
  it('are created, described, changed and deleted with the documented bodies [users.create] [users.create.role] [users.read] [users.update] [users.delete] [http.meta.version] [http.meta.api_status] [contradiction.3]', async () => {
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

  it('may do what their role lets them [http.auth.forbidden]', async () => {
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

  it('are logged out of every token they have, and no other user is [users.logout] [users.logout.every_token] [users.login.older_tokens] [http.empty_success] [contradiction.4]', async () => {
    await webapp.request('POST', '/v1/users', { token: admin, json: { username: 'leaver', password: userPassword } });
    const tokens = [await webapp.tokenOf('leaver', userPassword), await webapp.tokenOf('leaver', userPassword)] as const;
    const statusOf = async (token: string) => (await webapp.request('GET', '/v1/health', { token })).status;
    expect([await statusOf(tokens[0]), await statusOf(tokens[1])]).toEqual([200, 200]);
    const loggedOut = await webapp.request('POST', '/v1/users/logout', { token: tokens[0] });
    expect([loggedOut.status, loggedOut.json]).toEqual([200, { meta: { version: '2.57.2', api_status: 'stable' } }]);
    expect([await statusOf(tokens[0]), await statusOf(tokens[1]), await statusOf(admin)]).toEqual([401, 401, 200]);
    expect(await statusOf(await webapp.tokenOf('leaver', userPassword))).toBe(200);
  });
});

describe('the rules of users', () => {
  const create = (json: unknown) => webapp.request('POST', '/v1/users', { token: admin, json });
  const fit = (length: number) => `aA1!${'x'.repeat(length - 4)}`;

  it.each([
    ['users.username.length', { username: 'abcd', password: userPassword }, 201],
    ['users.username.length', { username: 'u'.repeat(32), password: userPassword }, 201],
    ['users.username.length', { username: 'abc', password: userPassword }, 400],
    ['users.username.length', { username: 'u'.repeat(33), password: userPassword }, 400],
    ['users.username.characters', { username: 'Ann_1.2-3@x', password: userPassword }, 201],
    ['users.username.characters', { username: 'Ann and Co', password: userPassword }, 400],
    ['users.username.characters', { username: 'ann:co', password: userPassword }, 400],
    ['users.password.length', { username: 'pass-min', password: fit(8) }, 201],
    ['users.password.length', { username: 'pass-max', password: fit(64) }, 201],
    ['users.password.length', { username: 'pass-short', password: fit(7) }, 400],
    ['users.password.length', { username: 'pass-long', password: fit(65) }, 400],
    ['users.password.digit', { username: 'no-digit', password: 'Password!' }, 400],
    ['users.password.upper', { username: 'no-upper', password: 'passw0rd!' }, 400],
    ['users.password.lower', { username: 'no-lower', password: 'PASSW0RD!' }, 400],
    ['users.password.special', { username: 'no-special', password: 'Passw0rd' }, 400],
  ])('[%s] creating %j is answered %i', async (_row, json, status) => {
    const answer = await create(json);
    expect(answer.status).toBe(status);
    if (status === 400) expect(answer.json.errors).toMatchObject([{ code: 1009 }]);
    else expect((await login(json.username, json.password)).status).toBe(200);
  });

  it.each(Array.from('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~', (special) => ({ special })))('$special makes a password special [users.password.special]', async ({ special }) => {
    expect((await webapp.request('PUT', '/v1/users/pass-min', { token: admin, json: { password: `Passw0rd${special}` } })).status).toBe(200);
  });

  it('a name that is taken is refused, and stays as it was [users.create.duplicate] [contradiction.12] [error.1014]', async () => {
    const answer = await create({ username: 'pass-min', password: 'An0ther-Password!' });
    expect([answer.status, answer.json.errors]).toEqual([400, [{ code: 1014, title: 'Internal error', details: 'Unable to create user. Already exist?' }]]);
    expect((await login('pass-min', 'An0ther-Password!')).status).toBe(401);
  });

  it.each([
    ['a name', 'nobody', userPassword],
    ['a password', 'pass-max', userPassword],
  ])('%s that is wrong is refused at login [users.login.wrong]', async (_what, username, password) => {
    const answer = await login(username, password);
    expect([answer.status, answer.json.errors]).toEqual([401, [{ code: 1005, title: 'Access denied', details: 'Invalid credentials' }]]);
  });

  it('a user sees and changes itself and nobody else, the admin everybody [users.read.self] [users.update.self]', async () => {
    await create({ username: 'self', password: userPassword });
    const token = await webapp.tokenOf('self', userPassword);
    const statusOf = async (method: string, path: string, caller: string, json?: unknown) => (await webapp.request(method, path, { token: caller, json })).status;
    const next = { password: 'N3xt-Password!' };
    expect([await statusOf('GET', '/v1/users/self', token), await statusOf('PUT', '/v1/users/self', token, next)]).toEqual([200, 200]);
    expect([await statusOf('GET', '/v1/users/pass-max', token), await statusOf('PUT', '/v1/users/pass-max', token, next)]).toEqual([403, 403]);
    expect([await statusOf('GET', '/v1/users/self', admin), await statusOf('PUT', '/v1/users/self', admin, next)]).toEqual([200, 200]);
    expect((await login('self', next.password)).status).toBe(200);
  });

  it.each(['GET', 'PUT', 'DELETE'])('%s of an unknown user is answered 1006 [users.read.unknown]', async (method) => {
    const json = method === 'PUT' ? { password: userPassword } : undefined;
    const answer = await webapp.request(method, '/v1/users/nobody', { token: admin, json });
    expect([answer.status, answer.json.errors]).toEqual([404, [{ code: 1006, title: 'Resource not found', details: 'Unknown user' }]]);
  });

  it('the admin cannot be deleted [users.admin.undeletable]', async () => {
    const answer = await webapp.request('DELETE', '/v1/users/admin', { token: admin });
    expect([answer.status, answer.json.errors?.[0]?.code]).toEqual([403, 1005]);
    expect((await login('admin', adminPassword)).status).toBe(200);
  });

  it('the tokens of a deleted user are over, also for a successor of its name [users.delete.tokens] [faq.logout_all]', async () => {
    await create({ username: 'deleted', password: userPassword });
    const token = await webapp.tokenOf('deleted', userPassword);
    const statusOfToken = async () => (await webapp.request('GET', '/v1/health', { token })).status;
    expect(await statusOfToken()).toBe(200);
    await webapp.request('DELETE', '/v1/users/deleted', { token: admin });
    expect(await statusOfToken()).toBe(401);
    await create({ username: 'deleted', password: userPassword });
    expect(await statusOfToken()).toBe(401);
  });

  it('a token is a JWT of seven days with the documented claims [http.token.format] [http.token.claims] [http.token.lifetime]', async () => {
    const answer = await login('admin', adminPassword);
    const [{ token, expires_after }] = answer.json['users'] as [{ token: string; expires_after: string }];
    const [header, claims] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString()).slice(0, 2).map((part) => JSON.parse(part) as Record<string, unknown>);
    expect(header).toEqual({ typ: 'JWT', alg: 'HS256' });
    expect(claims).toEqual({ user: 'admin', iat: expect.any(Number) as number, exp: Number(claims?.['iat']) + 604_800, 'wa:rand': expect.stringMatching(/^[0-9a-f]{32}$/) as string });
    expect(new Date(expires_after).getTime()).toBe(Number(claims?.['exp']) * 1000);
  });
});

describe('authorization', () => {
  const unsigned = (payload: object) =>
    `${Buffer.from('{"typ":"JWT","alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.`;

  it('refuses everything that is no valid token, everywhere but at login, and reads no body of a stranger [http.auth.missing] [http.auth.bearer] [http.auth.basic] [error.1005]', async () => {
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

  it('takes the API key for health and metrics only [http.auth.apikey]', async () => {
    const headers = { authorization: `Apikey ${apiKey}` };
    const health = await webapp.request('GET', '/v1/health', { headers });
    expect([health.status, health.json['health']]).toEqual([200, { 'master:1': { gateway_status: 'connected', role: 'primary_master' } }]);
    const metrics = await webapp.request('GET', '/metrics?format=prometheus', { headers });
    expect(metrics.status).toBe(200);
    expect(metrics.text).toMatch(/api_requests_duration_ms_count\{.*method="GET_v1_health",result="200",.*\} \d/);
    expect((await webapp.request('GET', '/metrics')).status).toBe(401);
    expect((await webapp.request('GET', '/v1/health', { headers: { authorization: 'Apikey wrong' } })).status).toBe(401);
  });
});
