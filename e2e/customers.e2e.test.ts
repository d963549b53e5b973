import { readFileSync } from 'node:fs';
import { GatewayRefused, issueCertificate, type ReceivedCallback } from '@multiconnect/local';
import { memoryStorage, openPhone, type Phone, signUpPhones } from '@multiconnect/phone';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Business, openBusiness } from './support/business.ts';
import { isStatus, isTextFrom } from './support/callbacks.ts';
import { networkOf } from './support/network.ts';
import { freshNumber } from './support/numbers.ts';

// What a running cluster knows of its customers, and the rules that follow from it.

const [ann, bob] = [freshNumber(), freshNumber()];

let business: Business;
const accounts = new Map<string, Awaited<ReturnType<typeof signUpPhones>>[number]>();
const opened: Phone[] = [];
const shown: { readonly at: string; readonly id: string }[] = [];
let onShown: () => void = () => undefined;

/** A phone of this number with nothing in it, as it is when it has just been installed. */
async function install(number: string): Promise<Phone> {
  const account = accounts.get(number) ?? expect.fail('no account');
  const phone = await openPhone({
    ...account,
    ...networkOf(business.cluster),
    storage: memoryStorage(),
    onMessage({ id }) {
      shown.push({ at: number, id });
      onShown();
    },
  });
  opened.push(phone);
  return phone;
}

const untilShown = async (id: string) => {
  while (!shown.some((message) => message.id === id)) await new Promise<void>((resolve) => (onShown = resolve));
};

const call = async (method: string, path: string, body?: object) => (await business.gateway.call(business.token, method, path, body)).body;
const refusalOf = (method: string, path: string, body?: object) =>
  call(method, path, body).then(
    () => expect.fail('not refused'),
    (error: unknown) => (error instanceof GatewayRefused ? [error.status, error.code] : Promise.reject(error as Error)),
  );

/** Another business on the network, as its own gateway would register it; its number. */
async function registerBusiness(): Promise<string> {
  const { registryUrl, codeLogFile } = business.cluster;
  const number = freshNumber();
  const certificate = await issueCertificate(business.cluster, { cc: '1', phoneNumber: number.slice(1), name: 'Another Inc.' });
  const ask = (path: string, body: object) =>
    fetch(`${registryUrl}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ number, kind: 'business', ...body }) });
  await ask('/v1/codes', { method: 'sms' });
  const codes = readFileSync(codeLogFile, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { number: string; code: string });
  const code = codes.find((sent) => sent.number === number)?.code;
  expect((await ask('/v1/registrations', { code, certificate })).status).toBe(201);
  return number;
}

interface StatusBody {
  readonly statuses: readonly [{ readonly conversation?: { readonly id: string; readonly origin: { readonly type: string } }; readonly errors?: readonly object[] }];
}
const statusOf = async (id: string, status: string) => ((await business.sink.waitFor(isStatus(id, status))).body as StatusBody).statuses[0];

beforeAll(async () => {
  business = await openBusiness({ coreapps: 2, shards: 1 });
  const operatorToken = readFileSync(business.cluster.secrets.operatorTokenFile, 'utf8').trim();
  const signedUp = await signUpPhones({ registryUrl: business.cluster.registryUrl, operatorToken, numbers: [ann, bob] });
  for (const account of signedUp) accounts.set(account.number, account);
});
afterAll(async () => {
  await Promise.all(opened.map((phone) => phone.close()));
  await business.close();
});

describe('the conversation with a customer', () => {
  it('is one for all messages of a day, on sent and delivered but not on read [callback.status.conversation] [callback.status.read_without_pricing]', async () => {
    const phone = await install(bob);
    const ids = [await business.sendText(bob, 'one'), await business.sendText(bob, 'two')];
    const conversations = new Set<string | undefined>();
    for (const id of ids) {
      await untilShown(id);
      for (const status of ['sent', 'delivered']) conversations.add((await statusOf(id, status)).conversation?.id);
      phone.markRead(id);
      expect(Object.keys(await statusOf(id, 'read'))).not.toContain('conversation');
    }
    expect([...conversations]).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/)]);
  });
});

describe('a phone that is installed anew', () => {
  interface IdentityBody {
    readonly contacts: { readonly hash: string; readonly acknowledged: boolean };
  }
  const path = `/v1/contacts/${ann}/identity`;
  const identity = async () => ((await call('GET', path)) as IdentityBody).contacts;
  const isNews = (callback: ReceivedCallback) => JSON.stringify(callback.body).includes('user_identity_changed');

  it('blocks messages to its customer until the change is acknowledged, where changes are shown [identity.read] [identity.acknowledge] [identity.blocked] [callback.system.user_identity_changed] [error.1028] [settings.show_security_notifications]', async () => {
    expect(await refusalOf('GET', path)).toEqual([404, 1006]);
    const old = await install(ann);
    await untilShown(await business.sendText(ann, 'to the first phone'));
    const before = await identity();
    expect(before.acknowledged).toBe(true);

    await call('PATCH', '/v1/settings/application', { show_security_notifications: true });
    await old.close();
    const phone = await install(ann);
    await phone.send(business.number, 'from the new phone');
    const news = await business.sink.waitFor(isNews);
    const after = await identity();
    expect(after.acknowledged).toBe(false);
    expect(after.hash).not.toBe(before.hash);
    expect(news.body).toMatchObject({ messages: [{ from: ann, type: 'system', system: { type: 'user_identity_changed', identity: { acknowledged: false, hash: after.hash } } }] });
    const said = await business.sink.waitFor(isTextFrom(ann, 'from the new phone'));
    expect(said.body).toMatchObject({ messages: [{ identity: { acknowledged: false, hash: after.hash } }] });

    const text = { to: ann, type: 'text', text: { body: 'blocked' } };
    expect(await refusalOf('POST', '/v1/messages', text)).toEqual([412, 1028]);
    expect(await refusalOf('PUT', path, { hash: before.hash })).toEqual([400, 1009]);
    expect(await refusalOf('POST', '/v1/messages', text)).toEqual([412, 1028]);
    await call('PUT', path, { hash: after.hash });
    await untilShown(await business.sendText(ann, 'to the new phone'));
    expect(await identity()).toEqual({ ...after, acknowledged: true });
  });

  it('changes nothing for the back end where changes are not shown', async () => {
    await call('PATCH', '/v1/settings/application', { show_security_notifications: false });
    const before = await identity();
    const phone = await install(ann);
    await phone.send(business.number, 'from a third phone');
    await business.sink.waitFor(isTextFrom(ann, 'from a third phone'));
    await untilShown(await business.sendText(ann, 'to the third phone'));
    const after = await identity();
    expect(after.acknowledged).toBe(true);
    expect(after.hash).not.toBe(before.hash);
  });
});

describe('the window of 24 hours', () => {
  it('holds where the setting says so: who has not written gets no text, and gets it after having written [error.470]', async () => {
    await call('PATCH', '/v1/settings/application', { reengagement_window_enforced: true });
    const refused = await business.sendText(bob, 'too late');
    expect((await statusOf(refused, 'failed')).errors).toMatchObject([{ code: 470, title: 'Re-engagement message' }]);
    await opened[0]?.send(business.number, 'hello');
    await business.sink.waitFor(isTextFrom(bob, 'hello'));
    await untilShown(await business.sendText(bob, 'in time'));
  });
});

describe('a message', () => {
  it('to another business, or to nobody, fails with 1013, and to the business itself is refused with 1021 [error.1013] [error.1021]', async () => {
    await call('PATCH', '/v1/settings/application', { reengagement_window_enforced: false });
    const other = await registerBusiness();
    for (const to of [other, freshNumber()]) {
      expect((await statusOf(await business.sendText(to, 'hello'), 'failed')).errors).toMatchObject([{ code: 1013, title: 'User is not valid' }]);
    }
    expect(await refusalOf('POST', '/v1/messages', { to: business.number, type: 'text', text: { body: 'me' } })).toEqual([400, 1021]);
  });
});
