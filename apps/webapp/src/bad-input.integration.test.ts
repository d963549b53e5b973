import { once } from 'node:events';
import { connect } from 'node:tls';
import { ApiError } from '@multiconnect/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestWebapp } from './testing/webapp.ts';
import { startTestWebapp, userPassword } from './testing/webapp.ts';

let webapp: TestWebapp;
let token: string;

beforeAll(async () => {
  webapp = await startTestWebapp();
  token = await webapp.adminToken();
  await webapp.request('POST', '/v1/users', { token, json: { username: 'oper', password: userPassword } });
});
afterAll(() => webapp.close());

const json = 'application/json';
const bodied = [
  ['POST', '/v1/messages'],
  ['PUT', '/v1/messages/ABGGx'],
  ['POST', '/v1/contacts'],
  ['POST', '/v1/users'],
  ['PUT', '/v1/users/oper'],
  ['POST', '/v1/account'],
  ['POST', '/v1/account/verify'],
  ['POST', '/v1/account/shards'],
  ['PATCH', '/v1/settings/application'],
  ['POST', '/v1/settings/application/media/providers'],
  ['POST', '/v1/settings/business/profile'],
  ['POST', '/v1/settings/business/compliance_info'],
  ['PATCH', '/v1/settings/profile/about'],
  ['POST', '/v1/settings/account/two-step'],
  ['POST', '/v1/settings/backup'],
  ['POST', '/v1/stickerpacks'],
] as const;
/** Takes larger bodies than the others. */
const restore = ['POST', '/v1/settings/restore'] as const;

interface Expected {
  readonly status: number;
  readonly code: number;
}

/** Every endpoint with a body gives the documented error to it, logs once without it, and changes nothing. */
async function refusedEverywhere(raw: string | Uint8Array, contentType: string, expected: Expected) {
  const before = await webapp.stateDigest();
  for (const [method, path] of bodied) {
    webapp.lines.length = 0;
    const answer = await webapp.request(method, path, { token, raw, headers: { 'content-type': contentType } });
    expect([path, answer.status, answer.json.errors?.[0]?.code]).toEqual([path, expected.status, expected.code]);
    expect(answer.json.meta).toEqual({ version: '2.57.2', api_status: 'stable' });
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
    expect(webapp.lines).toHaveLength(1);
    expect(webapp.lines.join()).not.toContain('cAnArY');
    expect(webapp.lines.join()).toContain(answer.headers['x-request-id']);
    expect(answer.text).not.toContain('cAnArY');
  }
  expect(await webapp.stateDigest()).toBe(before);
}

/** Hundreds of requests, some of which derive keys, on a machine that does other work beside it. */
const propertyLimitMs = 180_000;

describe('bad input', () => {
  it.each([
    ['broken JSON', '{"to":"cAnArY"', json],
    ['no JSON', 'cAnArY', json],
    ['JSON with a comma too many', '{"to":"cAnArY",}', json],
    ['two JSON texts', '{}{"a":"cAnArY"}', json],
    ['bytes', Buffer.from([0xff, 0xfe, 0x00, 0x7b]), json],
    ['a poisoned prototype', '{"__proto__":{"role":"cAnArY"}}', json],
    ['a poisoned prototype in disguise', '{"__pr\\u006fto__":{"role":"cAnArY"}}', json],
    ['another type', '{"to":"cAnArY"}', 'text/plain'],
    ['a form', 'to=cAnArY', 'application/x-www-form-urlencoded'],
    ['a type that is none', '{"to":"cAnArY"}', 'cAnArY'],
  ])('%s is answered 1025 [http.json_syntax] [error.1025] [faq.content_type] [faq.unparsable_body]', async (_name, raw, type) => {
    await refusedEverywhere(raw, type, { status: 400, code: 1025 });
  });

  it('half a million brackets are answered 1009', async () => {
    await refusedEverywhere('['.repeat(500_000) + ']'.repeat(500_000), json, { status: 400, code: 1009 });
  });

  it('a body of 10 MB is answered 413 [http.body_limit]', async () => {
    await refusedEverywhere(`{"to":"cAnArY${'x'.repeat(10_000_000)}"}`, json, { status: 413, code: 1025 });
  });

  it('a body of 10 MB in chunks without a length is answered 413', async () => {
    const socket = connect({ port: webapp.application.port, ca: webapp.tls.cert, host: '127.0.0.1' });
    await once(socket, 'secureConnect');
    const answered = new Promise<string>((resolve) => {
      socket.once('data', (data: Buffer) => resolve(data.toString()));
    });
    socket.on('error', () => undefined);
    socket.write(`POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: ${json}\r\nTransfer-Encoding: chunked\r\n\r\n`);
    const chunk = 'x'.repeat(65_536);
    for (let sent = 0; sent < 160 && !socket.destroyed; sent += 1) socket.write(`10000\r\n${chunk}\r\n`);
    expect(await answered).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });

  it.each([
    ['GET', '/', 404, 1014],
    ['GET', '/v1', 404, 1014],
    ['GET', '/v1/nothing', 404, 1014],
    ['GET', '/v1/users/oper/password', 404, 1014],
    ['GET', '/v1/messages', 405, 1014],
    ['DELETE', '/v1/messages/x', 405, 1014],
    ['POST', '/v1/health/', 405, 1014],
    ['PATCH', '/v1/users/oper', 405, 1014],
    ['GET', '/v1/users/%', 400, 1025],
    ['GET', '/v1/users/%ff', 400, 1025],
    ['GET', `/v1/users/${'x'.repeat(1000)}`, 404, 1014],
    ['GET', '/v1/users/oper%00', 404, 1006],
    ['GET', '/v1/users/__proto__', 404, 1006],
    ['DELETE', '/v1/users/nobody', 404, 1006],
    ['DELETE', '/v1/users/admin', 403, 1005],
  ])('%s %s is answered %i/%i in the envelope [http.unknown_path] [http.wrong_method] [http.path_prefix]', async (method, path, status, code) => {
    const before = await webapp.stateDigest();
    const answer = await webapp.request(method, path, { token });
    expect([answer.status, answer.json.errors?.[0]?.code]).toEqual([status, code]);
    expect(answer.json.meta).toEqual({ version: '2.57.2', api_status: 'stable' });
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
    if (status === 405) expect(answer.headers.allow).toBeTruthy();
    expect(await webapp.stateDigest()).toBe(before);
  });
});

describe('what the API no longer has', () => {
  it.each([
    ['GET', '/v1/groups', 'groups.list'],
    ['POST', '/v1/groups', 'groups.list'],
    ['GET', '/v1/groups/1', 'groups.one'],
    ['PUT', '/v1/groups/1', 'groups.one'],
    ['GET', '/v1/groups/1/invite', 'groups.invite'],
    ['DELETE', '/v1/groups/1/invite', 'groups.invite'],
    ['POST', '/v1/groups/1/leave', 'groups.leave'],
    ['PATCH', '/v1/groups/1/admins', 'groups.admins'],
    ['DELETE', '/v1/groups/1/admins', 'groups.admins'],
    ['DELETE', '/v1/groups/1/participants', 'groups.participants'],
    ['GET', '/v1/groups/1/icon', 'groups.icon'],
    ['POST', '/v1/groups/1/icon', 'groups.icon'],
    ['DELETE', '/v1/groups/1/icon', 'groups.icon'],
  ])('%s %s is no resource any more [%s]', async (method, path, _row) => {
    const answer = await webapp.request(method, path, { token });
    expect([answer.status, answer.json.errors]).toEqual([404, [{ code: 1006, title: 'Resource not found', details: 'Groups are no longer supported' }]]);
  });
});

describe('whatever JSON is sent', () => {
  /** Shaped enough like requests to get past the first check now and then. */
  const anyValue = fc.oneof(
    fc.jsonValue(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('16315551001', 'individual', 'text', 'read', 'sms', '\u0000', '\ud800', '', 1e308, -1, 2 ** 53, null),
  );
  const fieldNames = ['to', 'type', 'text', 'body', 'status', 'contacts', 'blocking', 'username', 'password', 'cc', 'phone_number', 'method', 'cert', 'shards', 'code', 'pin', 'webhooks', 'url', 'media', 'data', 'name', 'publisher', 'config', 'address', 'websites', 'is_registered', 'constructor', 'toString'];
  const shaped = fc.dictionary(fc.oneof(fc.constantFrom(...fieldNames), fc.string()), fc.oneof(anyValue, fc.dictionary(fc.constantFrom(...fieldNames), anyValue)), { maxKeys: 6 });
  const body = fc.oneof(anyValue, shaped);

  it('no endpoint answers with a 500, and what is refused changes nothing', async () => {
    const unknown = () => Promise.reject(new ApiError('forbidden'));
    webapp.cluster.handlers.master = { 'registration.verify': unknown, 'registration.request-code': unknown, 'registration.set-shards': unknown, 'registration.set-pin': unknown };
    webapp.cluster.handlers.secondMaster = webapp.cluster.handlers.master;
    webapp.cluster.handlers.coreapp = { 'contacts.check': () => Promise.resolve([]) };
    let before = await webapp.stateDigest();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...bodied, restore), body, async ([method, path], value) => {
        const answer = await webapp.request(method, path, { token, json: value });
        expect(answer.status).not.toBe(500);
        const after = await webapp.stateDigest();
        if (answer.status >= 400) expect(after).toBe(before);
        before = after;
      }),
      { numRuns: 600 },
    );
  }, propertyLimitMs);

  it('no path segment or header brings forth a 500', async () => {
    const before = await webapp.stateDigest();
    const segment = fc.string({ unit: 'binary', minLength: 1 }).map((text) => encodeURIComponent(text.toWellFormed()));
    const routes = fc.constantFrom(['GET', '/v1/users/'], ['DELETE', '/v1/users/'], ['PUT', '/v1/messages/'], ['GET', '/v1/stickerpacks/'], ['DELETE', '/v1/settings/application/media/providers/']);
    await fc.assert(
      fc.asyncProperty(routes, segment, async ([method = '', prefix = ''], name) => {
        fc.pre(!['oper', 'admin', '.', '..'].includes(name));
        const answer = await webapp.request(method, prefix + name, { token, ...(method === 'PUT' && { json: { status: 'read' } }) });
        expect([400, 404, 405]).toContain(answer.status);
      }),
      { numRuns: 200 },
    );
    const authorization = fc.string({ unit: fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code)) });
    await fc.assert(
      fc.asyncProperty(authorization, fc.constantFrom('', 'Bearer ', 'Basic ', 'Apikey '), async (value, scheme) => {
        const headers = { authorization: scheme + value };
        expect((await webapp.request('POST', '/v1/users/login', { headers })).status).toBe(401);
        expect((await webapp.request('GET', '/v1/health', { headers })).status).toBe(401);
      }),
      { numRuns: 50 },
    );
    expect(await webapp.stateDigest()).toBe(before);
  });
});
