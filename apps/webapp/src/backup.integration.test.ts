import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestWebapp } from './testing/webapp.ts';
import { ownNumber, startTestWebapp, userPassword } from './testing/webapp.ts';

const meta = { version: '2.57.2', api_status: 'stable' };
const password = 'pass-cAnArY';
const about = { text: 'Open daily' };
const photo = { mimeType: 'image/png', content: randomBytes(2_000_000) };
const provider = { name: 'cdn', type: 'www', config: { bearer: 'cAnArY-token' } };
const identity = { deviceId: 7, registrationId: 9, identityPublicKey: Buffer.alloc(33, 1), identityPrivateKey: Buffer.alloc(32, 2) };
const chat = { jid: `+${ownNumber}@chat.test`, password: 'cAnArY-chat' };

let source: TestWebapp;
let target: TestWebapp;
let sourceToken: string;
let targetToken: string;

const backup = (json: unknown) => source.request('POST', '/v1/settings/backup', { token: sourceToken, json });
const restore = (json: unknown) => target.request('POST', '/v1/settings/restore', { token: targetToken, json });
const dataOf = async () => ((await backup({ password })).json['settings'] as { data: string }).data;

beforeAll(async () => {
  [source, target] = await Promise.all([startTestWebapp({ registered: false }), startTestWebapp({ registered: false })]);
  sourceToken = await source.adminToken();
  targetToken = await target.adminToken();
});
afterAll(async () => {
  await source.close();
  await target.close();
});

it('is not there before registration [backup.create.unregistered]', async () => {
  const answer = await backup({ password });
  expect([answer.status, answer.json.errors?.[0]?.code]).toEqual([503, 1011]);
});

describe('a registered number', () => {
  beforeAll(async () => {
    const { accounts, profiles, mediaProviders, settings } = source.store;
    await accounts.codeRequested(1, { countryCode: '1', phoneNumber: ownNumber.slice(1), certificate: 'a certificate', verifiedName: 'Tea House' });
    await accounts.registered(1, chat, identity, '$argon2id$pin');
    await accounts.setShardCount(1, 8);
    await profiles.write(1, 'profile.about', about);
    await profiles.savePhoto(1, photo);
    await mediaProviders.save(1, [provider]);
    await settings.write(1, { 'webhooks.url': 'https://back.end/hook' });
    await source.pool.query(`INSERT INTO shard (account, shard, owner, epoch) VALUES (1, -1, 'test', 1)`);
    const keys = [1, 2].map((id) => ({ kind: 'one-time' as const, id, publicKey: Buffer.alloc(33, id), privateKey: Buffer.alloc(32, id) }));
    await source.store.preKeys.replenish({ account: 1, shard: -1, epoch: 1 }, keys, 0);
    await source.pool.query(`INSERT INTO message (account, id, customer, slot, type, body, state) VALUES (1, 'gBGGx', '16315551001', 1, 'text', '{}', 2)`);
  });

  it.each<readonly [string, unknown, number, number]>([
    ['no body', undefined, 400, 1008],
    ['no password', {}, 400, 1008],
    ['an empty password', { password: '' }, 400, 1009],
    ['an unknown field', { password, format: 'zip' }, 400, 1010],
  ])('is not backed up with %s', async (_name, json, status, code) => {
    const answer = await backup(json);
    expect([answer.status, answer.json.errors?.[0]?.code]).toEqual([status, code]);
  });

  it('is not restored from damaged data or with another password, and nothing changes [backup.restore.password] [backup.restore.data]', async () => {
    const data = await dataOf();
    const before = await target.stateDigest();
    const middle = Math.floor(data.length / 2);
    const changed = data.slice(0, middle) + (data[middle] === 'A' ? 'B' : 'A') + data.slice(middle + 1);
    for (const [json, code] of [
      [{ password: 'another', data }, 1009],
      [{ password, data: changed }, 1009],
      [{ password, data: 'cAnArY' }, 1009],
      [{ password }, 1008],
      [{ data }, 1008],
    ] as const) {
      const answer = await restore(json);
      expect([answer.status, answer.json.errors?.[0]?.code]).toEqual([400, code]);
      expect(answer.text).not.toContain('cAnArY');
    }
    expect(await target.stateDigest()).toBe(before);
    const tooLarge = await restore({ password, data: 'A'.repeat(17 * 1_048_576) });
    expect(tooLarge.status).toBe(413);
  });

  it('moves to another cluster with all that makes it, and without its messages [backup.create] [backup.create.password] [backup.create.contents] [backup.restore] [backup.restore.unregistered] [backup.restore.shards] [backup.restore.identity]', async () => {
    await target.store.settings.write(1, { sent_status: false });
    const answer = await backup({ password });
    const { data } = answer.json['settings'] as { data: string };
    expect([answer.status, answer.json.meta]).toEqual([200, meta]);
    expect(Buffer.from(data, 'base64').toString('latin1')).not.toContain('cAnArY');
    const restored = await restore({ password, data });
    expect([restored.status, restored.json]).toEqual([200, { meta }]);
    expect(await target.store.accounts.read(1)).toEqual(await source.store.accounts.read(1));
    expect(await target.store.accounts.read(1)).toMatchObject({ state: 'registered', waId: ownNumber, shardCount: 8, chat, identity });
    expect(await target.store.pins.find(1)).toBe('$argon2id$pin');
    expect((await target.store.preKeys.current(1)).oneTime).toEqual((await source.store.preKeys.current(1)).oneTime);
    expect(await target.store.profiles.read(1, 'profile.about')).toEqual(about);
    expect((await target.store.profiles.photo(1))?.content).toEqual(photo.content);
    expect(await target.store.mediaProviders.list(1)).toEqual([provider]);
    expect(await target.store.settings.read(1)).toEqual({ 'webhooks.url': 'https://back.end/hook' });
    expect((await target.pool.query('SELECT 1 FROM message')).rowCount).toBe(0);
    const accepted = await target.request('POST', '/v1/messages', { token: targetToken, json: { to: '16315551001', text: { body: 'hello' } } });
    expect(accepted.status).toBe(201);
    expect(source.lines.join() + target.lines.join()).not.toContain('cAnArY');
  });

  it('is never replaced by a restore [backup.restore.registered]', async () => {
    const before = await target.stateDigest();
    const answer = await restore({ password, data: await dataOf() });
    expect([answer.status, answer.json.errors]).toEqual([403, [{ code: 1005, title: 'Access denied', details: 'This cluster has a registered number already' }]]);
    expect(await target.stateDigest()).toBe(before);
  });

  it('is backed up and restored by nobody but the admin', async () => {
    await source.request('POST', '/v1/users', { token: sourceToken, json: { username: 'oper', password: userPassword } });
    const token = await source.tokenOf('oper', userPassword);
    for (const path of ['backup', 'restore']) expect((await source.request('POST', `/v1/settings/${path}`, { token, json: { password } })).status).toBe(403);
  });
});
