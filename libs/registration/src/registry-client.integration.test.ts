import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { createRegistryClient, RegistryUnavailable } from './index.ts';

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A registry that answers everything the same. */
async function registryAnswering(status: number, body: unknown) {
  const requests: { path: string | undefined; body: unknown }[] = [];
  const server = createServer((request, response) => {
    void json(request).then((received) => {
      requests.push({ path: request.url, body: received });
      response.writeHead(status, { 'content-type': 'application/json' }).end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = createRegistryClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  closing.push(() => client.close(), () => server.close());
  return { client, requests };
}

describe('the registry client', () => {
  it('speaks the registry\'s words', async () => {
    const codes = await registryAnswering(202, {});
    await codes.client.requestCode({ number: '16315550000', method: 'sms' });
    expect(codes.requests).toEqual([{ path: '/v1/codes', body: { number: '16315550000', method: 'sms', kind: 'business' } }]);

    const registrations = await registryAnswering(201, { jid: '+16315550000@chat.test', password: 'p', verified_name: 'Tea House' });
    expect(await registrations.client.register({ number: '16315550000', code: '222867', certificate: 'c' })).toEqual({ jid: '+16315550000@chat.test', password: 'p' });
    expect(registrations.requests).toEqual([{ path: '/v1/registrations', body: { number: '16315550000', kind: 'business', code: '222867', certificate: 'c' } }]);

    const pins = await registryAnswering(200, {});
    await pins.client.setPin({ number: '16315550000', password: 'p', pin: null });
    expect(pins.requests).toEqual([{ path: '/v1/two-step', body: { number: '16315550000', password: 'p', pin: null } }]);

    const certificates = await registryAnswering(200, { verified_name: 'Tea House', number: '16315550000', expires_at: '2030-01-01T00:00:00Z' });
    expect(await certificates.client.checkCertificate('c')).toEqual({ verifiedName: 'Tea House', number: '16315550000' });
    expect(certificates.requests).toEqual([{ path: '/v1/certificates/check', body: { certificate: 'c' } }]);
  });

  it('tells a refusal with its reason and waiting time', async () => {
    const { client } = await registryAnswering(403, { error: { code: 'wait', wait_s: 122.5 } });
    await expect(client.requestCode({ number: '1', method: 'voice' })).rejects.toMatchObject({ name: 'RegistryRefused', reason: 'wait', waitS: 123 });
  });

  it.each([
    [500, {}],
    [403, {}],
    [403, { error: { code: 'Not A Reason!' } }],
    [201, 'no JSON'],
    [201, []],
    [201, { jid: '+1@chat.test' }],
    [302, {}],
    [201, 'x'.repeat(100_000)],
  ])('takes status %d with a strange answer as an absent registry', async (status, body) => {
    const { client } = await registryAnswering(status, body);
    await expect(client.register({ number: '1', code: '1', certificate: 'c' })).rejects.toBeInstanceOf(RegistryUnavailable);
  });

  it('says that the registry is away when nobody listens', async () => {
    const client = createRegistryClient('http://127.0.0.1:1');
    closing.push(() => client.close());
    await expect(client.checkCertificate('c')).rejects.toBeInstanceOf(RegistryUnavailable);
  });
});
