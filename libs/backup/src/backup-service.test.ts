import type { NumberBackup } from '@multiconnect/message-store';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBackup } from './codec.ts';
import { createBackupService } from './index.ts';
import { sealWithPassword } from './password-seal.ts';

const key = (bytes: number, fill: number) => new Uint8Array(Buffer.alloc(bytes, fill));

const complete: NumberBackup = {
  account: {
    shardCount: 8,
    countryCode: '1',
    phoneNumber: '6315550000',
    waId: '16315550000',
    verifiedName: 'Tea & Söhne',
    certificate: 'a certificate',
    chat: { jid: '+16315550000@chat.test', password: 'cAnArY' },
    identity: { deviceId: 7, registrationId: 9, identityPublicKey: key(33, 1), identityPrivateKey: key(32, 2) },
    registeredAtMs: 1_700_000_000_000,
    pinHash: '$argon2id$x',
  },
  preKeys: [
    { kind: 'signed', id: 1, publicKey: key(33, 3), privateKey: key(32, 4), signature: key(64, 5), createdAtMs: 1_700_000_000_000 },
    { kind: 'one-time', id: 2, publicKey: key(33, 6), privateKey: key(32, 7), createdAtMs: 1_700_000_000_001, usedAtMs: 1_700_000_000_002 },
  ],
  settings: { 'webhooks.url': 'https://back.end', sent_status: true },
  profiles: { 'profile.about': { text: 'Open' } },
  photo: { mimeType: 'image/png', content: key(1000, 8) },
  mediaProviders: [{ name: 'cdn', type: 'www', config: { basic: { username: 'ann', password: 'p' } } }],
};
const { pinHash: _pin, ...accountWithoutPin } = complete.account;
const least: NumberBackup = { account: accountWithoutPin, preKeys: [], settings: {}, profiles: {}, mediaProviders: [] };

function cluster(registered?: NumberBackup) {
  let number = registered;
  const service = createBackupService({
    read: () => Promise.resolve(number),
    restore: (_account, backup) => {
      if (number !== undefined) return Promise.resolve(false);
      number = backup;
      return Promise.resolve(true);
    },
  });
  return { service, number: () => number };
}

const plain = (backup: NumberBackup | undefined) => backup && encodeBackup(backup).toString();

const refusal = (call: Promise<unknown>) =>
  call.then(
    () => expect.fail('it was to be refused'),
    (error: unknown) => (error as { body: { code: number; details?: string } }).body,
  );
const damaged = { code: 1009, title: 'Parameter value is not valid', details: 'data: it does not open with this password' };

/** Stretching passwords is slow on purpose. */
const timeout = 120_000;

describe('a backup', { timeout }, () => {
  it.each([['with everything', complete], ['with the least', least]])('%s is restored as it was', async (_name, backup) => {
    const data = await cluster(backup).service.create(1, { password: 'pass phrase' });
    expect(Buffer.from(data, 'base64').toString('latin1')).not.toMatch(/cAnArY|16315550000/);
    const target = cluster();
    await target.service.restore(1, { password: 'pass phrase', data });
    expect(plain(target.number())).toBe(plain(backup));
  });

  it('is another text each time', async () => {
    const { service } = cluster(least);
    expect(await service.create(1, { password: 'p' })).not.toBe(await service.create(1, { password: 'p' }));
  });

  it('opens with its password in either spelling of an umlaut', async () => {
    const data = await cluster(least).service.create(1, { password: 'Söhne' });
    const target = cluster();
    await target.service.restore(1, { password: 'Söhne'.normalize('NFD'), data });
    expect(target.number()).toBeDefined();
  });

  it('is not made without a registered number', async () => {
    expect(await refusal(cluster().service.create(1, { password: 'p' }))).toMatchObject({ code: 1011 });
  });

  it('is refused where a number is registered', async () => {
    const data = await cluster(complete).service.create(1, { password: 'p' });
    const target = cluster(least);
    expect(await refusal(target.service.restore(1, { password: 'p', data }))).toMatchObject({ code: 1005 });
    expect(target.number()).toBe(least);
  });

  it('with another password, or changed anywhere, changes nothing', async () => {
    const data = Buffer.from(await cluster(least).service.create(1, { password: 'right' }), 'base64');
    const target = cluster();
    expect(await refusal(target.service.restore(1, { password: 'wrong', data: data.toString('base64') }))).toEqual(damaged);
    await fc.assert(
      fc.asyncProperty(fc.nat(data.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Buffer.from(data);
        changed[at] = (changed[at] ?? 0) ^ change;
        expect(await refusal(target.service.restore(1, { password: 'right', data: changed.toString('base64') }))).toEqual(damaged);
      }),
      { numRuns: 4 },
    );
    for (const cut of [0, 10, data.length - 1]) {
      expect(await refusal(target.service.restore(1, { password: 'right', data: data.subarray(0, cut).toString('base64') || 'AA==' }))).toEqual(damaged);
    }
    expect(target.number()).toBeUndefined();
  });

  it('that opens but is none is refused', async () => {
    const target = cluster();
    const wrongCount = encodeBackup(least).toString().replace('"shardCount":8', '"shardCount":3');
    for (const content of ['no JSON', '{}', wrongCount]) {
      const data = (await sealWithPassword('p', Buffer.from(content))).toString('base64');
      expect(await refusal(target.service.restore(1, { password: 'p', data }))).toEqual(damaged);
    }
    expect(target.number()).toBeUndefined();
  });
});
