import { mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGateway, loginAsAdmin, startCluster } from '@multiconnect/local';
import { testClusterNames, testServices } from '@multiconnect/local/testing';
import { memoryStorage, openPhone, type ShownMessage, signUpPhones } from '@multiconnect/phone';
import { expect, it } from 'vitest';
import { openBusiness } from './support/business.ts';
import { isTextFrom } from './support/callbacks.ts';
import { networkOf } from './support/network.ts';
import { freshNumber } from './support/numbers.ts';

const soon = { timeout: 60_000, interval: 50 };
const password = 'a pass phrase';

it('moves a number to another cluster: the same phone goes on with it, without a new registration [faq.backup_moves]', async () => {
  const customer = freshNumber();
  const first = await openBusiness({ shards: 4, coreapps: 2, masters: 1 });
  const operatorToken = readFileSync(first.cluster.secrets.operatorTokenFile, 'utf8').trim();
  const [account] = await signUpPhones({ registryUrl: first.cluster.registryUrl, operatorToken, numbers: [customer] });
  if (account === undefined) throw new Error('no phone was signed up');
  const shown: ShownMessage[] = [];
  const phone = await openPhone({ ...account, ...networkOf(first.cluster), storage: memoryStorage(), onMessage: (message) => void shown.push(message) });
  const texts = () => shown.map(({ text }) => text);
  const dir = mkdtempSync(join(tmpdir(), 'multiconnect-e2e-'));
  try {
    await first.gateway.call(first.token, 'PATCH', '/v1/settings/profile/about', { text: 'We move' });
    await first.sendText(customer, 'From the first');
    await expect.poll(texts, soon).toEqual(['From the first']);
    await phone.send(first.number, 'To the first');
    await first.sink.waitFor(isTextFrom(customer, 'To the first'));

    const made = await first.gateway.call(first.token, 'POST', '/v1/settings/backup', { password });
    const { data } = (made.body as { settings: { data: string } }).settings;
    await first.cluster.stop();

    const second = await startCluster({ dir, services: testServices(), counts: { masters: 1, coreapps: 2, webapps: 1 }, ...testClusterNames(), onDeath: (error) => console.error(error.message) });
    try {
      const gateway = createGateway(second.webappUrl);
      const { token } = await loginAsAdmin(gateway, undefined, () => undefined);
      await expect(gateway.call(token, 'POST', '/v1/settings/restore', { password: 'wrong', data })).rejects.toMatchObject({ status: 400, code: 1009 });
      expect((await gateway.call(token, 'POST', '/v1/settings/restore', { password, data })).status).toBe(200);
      expect((await gateway.call(token, 'GET', '/v1/account/shards')).body).toMatchObject({ account: { shards: 4 } });
      await gateway.call(token, 'POST', '/v1/messages', { to: customer, type: 'text', text: { body: 'From the second' } });
      await expect.poll(texts, soon).toEqual(['From the first', 'From the second']);
      await phone.send(first.number, 'To the second');
      await first.sink.waitFor(isTextFrom(customer, 'To the second'));
      expect(phone.counters.undecryptable).toBe(0);
      expect((await phone.profileOf(first.number))?.about).toBe('We move');
      await expect(gateway.call(token, 'POST', '/v1/settings/restore', { password, data })).rejects.toMatchObject({ status: 403, code: 1005 });
    } finally {
      await second.stop();
    }
  } finally {
    await phone.close();
    await first.close();
    await rm(dir, { recursive: true, force: true });
  }
});
