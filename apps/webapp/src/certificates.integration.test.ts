import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { issueAuthority, issueServer, type Issued } from '@multiconnect/certificates/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestWebapp } from './testing/webapp.ts';
import { startTestWebapp, userPassword } from './testing/webapp.ts';
import { createApiClient } from './testing/client.ts';

const meta = { version: '2.57.2', api_status: 'stable' };
let webapp: TestWebapp;
let token: string;
let root: Issued;
let intermediate: Issued;
let server: Issued;

beforeAll(async () => {
  webapp = await startTestWebapp();
  token = await webapp.adminToken();
  root = await issueAuthority('Root');
  intermediate = await issueAuthority('Intermediate', { issuer: root });
  server = await issueServer('new.example', { issuer: intermediate });
});
afterAll(() => webapp.close());

const post = (path: string, raw: string, headers = { 'content-type': 'text/plain' }) => webapp.request('POST', path, { token, raw, headers });

/** What a new connection is served with. */
async function served(): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: webapp.application.port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { raw } = socket.getPeerCertificate();
  socket.destroy();
  return new X509Certificate(raw).subject;
}

describe('/v1/certificates/external', () => {
  const path = '/v1/certificates/external';

  it('is the self-signed one at first, which is its own authority [certificates.external.ca.none]', async () => {
    const answer = await webapp.request('GET', `${path}/ca`, { token });
    expect([answer.status, answer.text.trim()]).toEqual([200, webapp.tls.cert.trim().replaceAll('\r\n', '\n')]);
  });

  it.each<readonly [string, () => string, number]>([
    ['nothing', () => '', 1008],
    ['no PEM', () => 'cAnArY', 1009],
    ['no intermediate [certificates.external.intermediate]', () => server.key + server.cert, 1009],
    ['another order [certificates.external.order]', () => server.cert + intermediate.cert + server.key, 1009],
    ['a foreign key [certificates.external.checked]', () => root.key + server.cert + intermediate.cert, 1009],
  ])('refuses %s, and goes on being served as before', async (_name, text, code) => {
    const [before, subject] = [await webapp.stateDigest(), await served()];
    const answer = await post(path, text());
    expect([answer.status, answer.json.errors?.[0]?.code]).toEqual([400, code]);
    expect(answer.text + webapp.lines.join()).not.toMatch(/cAnArY|BEGIN/);
    expect(await webapp.stateDigest()).toBe(before);
    expect(await served()).toBe(subject);
  });

  it('refuses more than a bundle has', async () => {
    expect((await post(path, 'x'.repeat(300_000))).status).toBe(413);
  });

  it('is served in place of the former one without a restart, and answers its authority [certificates.external.save] [certificates.external.overwrite] [certificates.external.live] [certificates.external.ca]', async () => {
    const answer = await post(path, server.key + server.cert + intermediate.cert + root.cert);
    expect([answer.status, answer.json]).toEqual([200, { meta }]);
    await expect.poll(served, { timeout: 10_000 }).toBe('CN=new.example');
    const trusting = createApiClient(webapp.application.port, root.cert);
    const authority = await trusting.request('GET', `${path}/ca`, { token });
    trusting.close();
    expect([authority.status, authority.headers['content-type'], authority.headers['content-disposition']]).toEqual([
      200,
      expect.stringMatching(/^text\/plain/),
      'attachment; filename="ca.pem"',
    ]);
    expect(authority.text).toBe(`${intermediate.cert.trim()}\n${root.cert.trim()}\n`);
    const { rows } = await webapp.pool.query<{ private_key: Buffer }>(`SELECT private_key FROM certificate WHERE name = 'web-server'`);
    expect(rows[0]?.private_key.toString('latin1')).not.toContain('PRIVATE KEY');
    const next = await issueServer('newer.example', { issuer: intermediate });
    await post(path, next.key + next.cert + intermediate.cert);
    await expect.poll(served, { timeout: 10_000 }).toBe('CN=newer.example');
  });

  it('that the store holds but no server can serve changes nothing', async () => {
    const subject = await served();
    await webapp.store.certificates.save('web-server', { pem: 'no certificate', privateKey: 'no key' });
    const authority = await issueServer('mended.example', { issuer: intermediate });
    expect((await post(path, authority.key + authority.cert + intermediate.cert)).status).toBe(200);
    await expect.poll(served, { timeout: 10_000 }).toBe('CN=mended.example');
    expect(subject).toBe('CN=newer.example');
  });
});

describe('/v1/certificates/webhooks/ca', () => {
  const path = '/v1/certificates/webhooks/ca';
  const none = [404, [{ code: 1006, title: 'Resource not found', details: 'No webhook CA certificates found' }]];

  it('are kept, given back and taken away, and the cluster is told [certificates.webhooks.save] [certificates.webhooks.read] [certificates.webhooks.delete] [certificates.webhooks.none] [contradiction.5]', async () => {
    const told: unknown[] = [];
    webapp.cluster.handlers.coreapp = {
      'settings.changed': (request) => {
        told.push(request);
        return Promise.resolve({});
      },
    };
    for (const method of ['GET', 'DELETE']) {
      const missing = await webapp.request(method, path, { token });
      expect([missing.status, missing.json.errors]).toEqual(none);
    }
    const set = await post(path, root.cert + intermediate.cert, { 'content-type': 'application/x-pem-file' });
    expect([set.status, set.json]).toEqual([200, { meta }]);
    const read = await webapp.request('GET', path, { token });
    expect([read.status, read.headers['content-type'], read.text]).toEqual([200, expect.stringMatching(/^text\/plain/), `${root.cert.trim()}\n${intermediate.cert.trim()}\n`]);
    expect((await webapp.request('DELETE', path, { token })).status).toBe(200);
    expect((await webapp.request('GET', path, { token })).status).toBe(404);
    expect(told).toHaveLength(2);
  });

  it.each<readonly [string, () => string, number]>([
    ['nothing', () => '', 1008],
    ['no PEM [certificates.webhooks.checked]', () => 'cAnArY', 1009],
    ['a key', () => root.key, 1009],
  ])('refuses %s, and changes nothing', async (_name, text, code) => {
    const before = await webapp.stateDigest();
    const answer = await post(path, text());
    expect([answer.status, answer.json.errors?.[0]?.code]).toEqual([400, code]);
    expect(await webapp.stateDigest()).toBe(before);
  });
});

it('certificates are the admin\'s', async () => {
  await webapp.request('POST', '/v1/users', { token, json: { username: 'oper', password: userPassword } });
  const user = await webapp.tokenOf('oper', userPassword);
  for (const [method, path] of [['POST', 'external'], ['GET', 'external/ca'], ['POST', 'webhooks/ca'], ['GET', 'webhooks/ca'], ['DELETE', 'webhooks/ca']] as const) {
    expect([path, (await webapp.request(method, `/v1/certificates/${path}`, { token: user })).status]).toEqual([path, 403]);
  }
});
