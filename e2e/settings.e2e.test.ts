import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { issueAuthority, issueServer } from '@multiconnect/certificates/testing';
import { issueCertificate } from '@multiconnect/local';
import { memoryStorage, openPhone, type Phone, type ShownMessage, signUpPhones } from '@multiconnect/phone';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Business, businessNumber, openBusiness } from './support/business.ts';
import { logLines } from './support/logs.ts';
import { networkOf } from './support/network.ts';
import { freshNumber } from './support/numbers.ts';

const customer = freshNumber();
let business: Business;
let phone: Phone;
const shown: ShownMessage[] = [];

const call = async (method: string, path: string, body?: object) => business.gateway.call(business.token, method, path, body);
const soon = { timeout: 20_000, interval: 50 };

const postPhoto = async (content: Buffer) => (await business.gateway.upload(business.token, '/v1/settings/profile/photo', content, 'image/png')).status;

beforeAll(async () => {
  business = await openBusiness({ webapps: 2 });
  const operatorToken = readFileSync(business.cluster.secrets.operatorTokenFile, 'utf8').trim();
  const [account] = await signUpPhones({ registryUrl: business.cluster.registryUrl, operatorToken, numbers: [customer] });
  if (account === undefined) throw new Error('no phone was signed up');
  phone = await openPhone({ ...account, ...networkOf(business.cluster), storage: memoryStorage(), onMessage: (message) => void shown.push(message) });
});
afterAll(async () => {
  await phone.close();
  await business.close();
});

describe('what an administrator sets', () => {
  it('is shown by phones: name, about, description, address, email, websites [profile.business.phone]', async () => {
    await expect.poll(async () => phone.profileOf(business.number), soon).toMatchObject({ name: 'End-to-end Inc.', about: 'Hey there! I am using WhatsApp.' });
    const profile = { description: 'Tea <&> more', address: '1 Tea St', email: 'tea@house.example', vertical: 'Restaurant', websites: ['https://tea.example/?a=1&b=2'] };
    await call('POST', '/v1/settings/business/profile', profile);
    await call('PATCH', '/v1/settings/profile/about', { text: 'Open daily' });
    await expect.poll(async () => phone.profileOf(business.number), soon).toMatchObject({ name: 'End-to-end Inc.', about: 'Open daily', business: profile });
  });

  it('is seen as a photo, small or large, until it is taken away [profile.photo.phone]', async () => {
    const header = Buffer.from('89504e470d0a1a0a0000000d49484452000000080000000808060000000000000000', 'hex');
    const small = Buffer.concat([header, Buffer.alloc(5_000, 7)]);
    expect(await postPhoto(small)).toBe(201);
    await expect.poll(async () => (await phone.profileOf(business.number))?.photo, soon).toEqual({ mimeType: 'image/png', content: small });
    const large = Buffer.concat([header, Buffer.alloc(900_000, 8)]);
    expect(await postPhoto(large)).toBe(201);
    await expect.poll(async () => (await phone.profileOf(business.number))?.photoUrl, soon).toMatch(/^http/);
    const hosted = await fetch((await phone.profileOf(business.number))?.photoUrl ?? '');
    expect(Buffer.from(await hosted.arrayBuffer()).equals(large)).toBe(true);
    await call('DELETE', '/v1/settings/profile/photo');
    await expect.poll(async () => phone.profileOf(business.number), soon).not.toHaveProperty('photoUrl');
  });
});

describe('two-step verification', () => {
  const refusal = { status: 403, code: 1005 };

  it('protects the number: at the registry, and when the shards change [account.request_code.pin] [shards.set.pin]', async () => {
    const number = { cc: '1', phoneNumber: business.number.slice(1), name: businessNumber.name };
    const cert = await issueCertificate(business.cluster, number);
    const shards = { cc: number.cc, phone_number: number.phoneNumber, shards: 2, cert };
    await call('POST', '/v1/settings/account/two-step', { pin: '123456' });
    await expect(call('POST', '/v1/account/shards', shards)).rejects.toMatchObject(refusal);
    await expect(call('POST', '/v1/account/shards', { ...shards, pin: '654321' })).rejects.toMatchObject(refusal);
    expect((await call('POST', '/v1/account/shards', { ...shards, pin: '123456' })).status).toBe(201);
    const askCode = (pin?: string) =>
      fetch(`${business.cluster.registryUrl}/v1/codes`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ number: business.number, method: 'sms', kind: 'business', pin }),
      });
    expect(await (await askCode()).json()).toEqual({ error: { code: 'pin-required' } });
    expect(await (await askCode('654321')).json()).toEqual({ error: { code: 'wrong-pin' } });
    await call('DELETE', '/v1/settings/account/two-step');
    expect((await call('POST', '/v1/account/shards', shards)).status).toBe(201);
    expect(logLines(business.cluster).join()).not.toMatch(/123456|654321/);
  });
});

describe('the authorities of the back end', () => {
  it('are trusted by callbacks at once, the waiting ones too [certificates.webhooks.live]', async () => {
    const authority = await issueAuthority('Back end');
    const server = await issueServer('localhost', { issuer: authority });
    const received: string[] = [];
    const backEnd = createServer({ key: server.key, cert: server.cert }, (request, response) => {
      text(request).then(
        (body) => {
          received.push(body);
          response.writeHead(200).end();
        },
        () => response.destroy(),
      );
    }).listen(0, '127.0.0.1');
    await once(backEnd, 'listening');
    const { port } = backEnd.address() as AddressInfo;
    await call('PATCH', '/v1/settings/application', { webhooks: { url: `https://localhost:${port}/hook` }, callback_backoff_delay_ms: 60_000 });
    const failed = once(backEnd, 'tlsClientError');
    await phone.send(business.number, 'Do you trust me?');
    await failed;
    expect(received).toEqual([]);
    await business.gateway.upload(business.token, '/v1/certificates/webhooks/ca', Buffer.from(authority.cert), 'text/plain');
    await expect.poll(() => received.join(), soon).toContain('Do you trust me?');
    await call('PATCH', '/v1/settings/application', { webhooks: { url: business.sink.url }, callback_backoff_delay_ms: 200 });
    backEnd.close();
    backEnd.closeAllConnections();
  });
});

describe('the certificate of the API', () => {
  const subjectOf = async (port: number): Promise<string> => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const { raw } = socket.getPeerCertificate();
    socket.destroy();
    return new X509Certificate(raw).subject;
  };

  it('is served by every webapp soon after it was given to one, and a bad one by none [certificates.external.live] [certificates.external.checked]', async () => {
    const authority = await issueAuthority('Operator');
    const server = await issueServer('api.example', { issuer: authority });
    const upload = (pem: string) => business.gateway.upload(business.token, '/v1/certificates/external', Buffer.from(pem), 'text/plain');
    const ports = business.cluster.webapps.map(({ port }) => port);
    expect(ports).toHaveLength(2);
    await upload(server.key + server.cert + authority.cert);
    for (const port of ports) await expect.poll(() => subjectOf(port), soon).toBe('CN=api.example');
    await expect(upload(authority.key + server.cert + authority.cert)).rejects.toMatchObject({ status: 400, code: 1009 });
    for (const port of ports) expect(await subjectOf(port)).toBe('CN=api.example');
    expect((await call('GET', '/v1/account/shards')).status).toBe(200);
  });
});
