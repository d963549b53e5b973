import { readFileSync } from 'node:fs';
import type { ReceivedCallback } from '@multiconnect/local';
import { openMessageStore } from '@multiconnect/message-store';
import { createSeal, readSealKey } from '@multiconnect/vault';
import { openStream } from '@multiconnect/xmpp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parsePostgresUrl } from '@multiconnect/config';
import { type Business, openBusiness } from './support/business.ts';
import { networkOf } from './support/network.ts';

let business: Business;
let jid: string;
let password: string;

const errorOf = (callback: ReceivedCallback) => (callback.body as { errors?: readonly { code: number; details?: string }[] }).errors?.[0];
const healthErrors = async () => {
  const { body } = await business.gateway.call(business.token, 'GET', '/v1/health');
  const nodes = Object.values((body as { health: Record<string, { gateway_status: string; errors?: { details: string }[] }> }).health);
  return nodes.flatMap(({ errors = [] }) => errors.map(({ details }) => details));
};

beforeAll(async () => {
  business = await openBusiness({ masters: 1, coreapps: 2, shards: 1 });
  const connection = parsePostgresUrl(business.cluster.postgresUrl);
  if (connection === undefined) throw new Error('no URL of a database');
  const seal = createSeal(readSealKey({ base64: readFileSync(business.cluster.secrets.sealKeyFile, 'utf8').trim() }));
  const store = openMessageStore({ connection, seal, maxConnections: 1, applicationName: 'e2e', onConnectionLost: () => undefined });
  const { chat } = await store.accounts.read(1);
  await store.close();
  if (chat === undefined) throw new Error('the number is not registered');
  ({ jid, password } = chat);
});
afterAll(() => business.close());

it('tells of another instance that takes over the connection of a shard whose owner still stands [callback.error.conflict] [faq.conflict] [faq.one_cluster]', async () => {
  const takeOver = () =>
    openStream({
      account: { jid, password },
      resource: 'shard-0',
      ...networkOf(business.cluster),
      signal: new AbortController().signal,
      connectTimeoutMs: 10_000,
      keepAliveIntervalMs: 10_000,
      maxUnhandledStanzas: 100,
      onStanza: () => undefined,
      onClosed: () => undefined,
    });
  // Once may have been an owner of before that was connecting while the shard moved: the owner comes back.
  expect(await (await takeOver()).closed).toEqual({ kind: 'conflict' });
  const other = await takeOver();
  const callback = await business.sink.waitFor((one) => errorOf(one)?.details?.startsWith('Conflict') === true);
  const details = 'Conflict: Detected multiple instances that share the same number';
  expect(callback.body).toEqual({ errors: [{ code: 1000, title: 'Generic error', details }] });
  expect(await healthErrors()).toContain(details);
  await other.close();
});

it('tells when the chat network no longer takes the credentials of the number [callback.error.unregistered]', async () => {
  const [user = '', host = ''] = jid.split('@');
  const command = async (name: string, fields: object) => {
    const answer = await fetch(`${business.cluster.services.ejabberdApiUrl}/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user, host, ...fields }),
    });
    expect(answer.status).toBe(200);
  };
  await command('change_password', { newpass: 'another owner of this number' });
  await command('kick_user', {});
  const callback = await business.sink.waitFor((one) => errorOf(one)?.details?.startsWith('Unregistered') === true);
  expect(errorOf(callback)).toMatchObject({ code: 1011, title: 'Service not ready' });
  expect((await healthErrors()).join()).toContain('Unregistered');
});
