import { createHmac } from 'node:crypto';
import { createFakeClock } from '@multiconnect/clock';
import { ApiError } from '@multiconnect/contract';
import type { UserRecord, Users } from '@multiconnect/message-store';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { basicCredentials, createUserService } from './index.ts';

const jwtKey = 'k'.repeat(64);
const apiKey = 'an-api-key-of-an-orchestrator';
const strong = 'Gr33n-Field!';

function inMemoryUsers(): Users & { readonly rows: Map<string, UserRecord>; readonly finds: () => number } {
  const rows = new Map<string, UserRecord>();
  let finds = 0;
  return {
    rows,
    finds: () => finds,
    find: (username) => {
      finds += 1;
      return Promise.resolve(rows.get(username));
    },
    create: (user) => {
      const isFree = !rows.has(user.username);
      if (isFree) rows.set(user.username, user);
      return Promise.resolve(isFree);
    },
    update: (username, change) => {
      const user = rows.get(username);
      if (user) rows.set(username, { ...user, ...change });
      return Promise.resolve(user !== undefined);
    },
    remove: (username) => Promise.resolve(rows.delete(username)),
  };
}

async function fixture() {
  const store = inMemoryUsers();
  const clock = createFakeClock({ startMs: Date.UTC(2026, 10, 23, 8, 50, 48) });
  const options = { store, jwtKey, apiKey, clock };
  const service = await createUserService(options);
  await service.administration.ensureAdmin();
  const tokenOf = async (username: string, password: string, body?: unknown) =>
    (await service.login({ username, password }, body)).users[0].token;
  return { store, clock, service, options, tokenOf };
}

async function withOps() {
  const base = await fixture();
  await base.service.administration.create({ username: 'oper', password: strong });
  const token = await base.tokenOf('oper', strong);
  return { ...base, token };
}

async function failure(promise: Promise<unknown>): Promise<[number, number] | 'none'> {
  try {
    await promise;
    return 'none';
  } catch (error) {
    if (error instanceof ApiError) return [error.status, error.body.code];
    throw error;
  }
}

describe('login', () => {
  it('makes the admin change the first password, by the documented answers', async () => {
    const { service } = await fixture();
    const admin = { username: 'admin', password: 'secret' };
    expect(await failure(service.login(admin, undefined))).toEqual([401, 1024]);
    expect(await failure(service.login(admin, {}))).toEqual([401, 1024]);
    expect(await failure(service.login(admin, { other: 1 }))).toEqual([401, 1024]);
    expect(await failure(service.login(admin, [strong]))).toEqual([401, 1024]);
    for (const weak of ['short', 'secret', 'alllowercase1!', 'NoDigits!!', 'NoSpecial11', `${'Aa1!'.repeat(16)}x`, 12345678, null]) {
      expect(await failure(service.login(admin, { new_password: weak }))).toEqual([400, 1009]);
    }
    expect(await failure(service.login({ username: 'admin', password: 'wrong' }, { new_password: strong }))).toEqual([401, 1005]);
    await service.login(admin, { new_password: strong });
    expect(await failure(service.login(admin, undefined))).toEqual([401, 1005]);
    await service.login({ username: 'admin', password: strong }, undefined);
  });

  it('answers a JWT with the claims user, iat, exp and wa:rand, and the expiry as written by the original', async () => {
    const { service, clock } = await withOps();
    const { users } = await service.login({ username: 'oper', password: strong }, null);
    const [header, payload] = users[0].token.split('.').map((part) => Buffer.from(part, 'base64url').toString());
    const iat = clock.nowMs() / 1000;
    expect(header).toBe('{"typ":"JWT","alg":"HS256"}');
    expect(JSON.parse(String(payload))).toEqual({
      user: 'oper',
      iat,
      exp: iat + 604_800,
      'wa:rand': expect.stringMatching(/^[0-9a-f]{32}$/) as unknown,
    });
    expect(users[0].expires_after).toBe('2026-11-30 08:50:48+00:00');
  });

  it('refuses an unknown user, a wrong password and an impossible name alike', async () => {
    const { service } = await withOps();
    for (const credentials of [
      { username: 'nobody', password: strong },
      { username: 'oper', password: 'wrong' },
      { username: 'oper\u0000', password: strong },
      { username: '__proto__', password: '' },
    ]) {
      expect(await failure(service.login(credentials, undefined))).toEqual([401, 1005]);
    }
  });

  it('changes the password of a user who asks for it, and refuses unknown fields', async () => {
    const { service, tokenOf } = await withOps();
    expect(await failure(service.login({ username: 'oper', password: strong }, { other: 1 }))).toEqual([400, 1010]);
    await tokenOf('oper', strong, { new_password: 'Another-1one' });
    expect(await failure(service.login({ username: 'oper', password: strong }, undefined))).toEqual([401, 1005]);
    await tokenOf('oper', 'Another-1one');
  });

  it('hashes passwords with argon2id', async () => {
    const { store } = await withOps();
    expect(store.rows.get('oper')?.passwordHash).toMatch(/^\$argon2id\$/);
  });
});

describe('tokens', () => {
  it('are all ended by logout and none by login', async () => {
    const { service, token, tokenOf } = await withOps();
    const later = await tokenOf('oper', strong);
    await service.authorizer.authorize('user', `Bearer ${token}`);
    await service.administration.logout('oper');
    for (const ended of [token, later]) {
      expect(await failure(service.authorizer.authorize('user', `Bearer ${ended}`))).toEqual([401, 1005]);
    }
    await service.authorizer.authorize('user', `Bearer ${await tokenOf('oper', strong)}`);
  });

  it('of another user survive a logout', async () => {
    const { service, token } = await withOps();
    await service.administration.create({ username: 'other', password: strong });
    await service.administration.logout('other');
    await service.authorizer.authorize('user', `Bearer ${token}`);
  });

  it('end with their user, also when one of that name comes back', async () => {
    const { service, token } = await withOps();
    await service.administration.remove('oper');
    expect(await failure(service.authorizer.authorize('user', `Bearer ${token}`))).toEqual([401, 1005]);
    await service.administration.create({ username: 'oper', password: strong });
    expect(await failure(service.authorizer.authorize('user', `Bearer ${token}`))).toEqual([401, 1005]);
  });

  it('survive a change of password, as documented', async () => {
    const { service, token } = await withOps();
    await service.administration.update('oper', { password: 'Another-1one' });
    await service.authorizer.authorize('user', `Bearer ${token}`);
  });

  it('expire after seven days [http.token.lifetime]', async () => {
    const { service, clock, token } = await withOps();
    await clock.advance(604_799_000);
    await service.authorizer.authorize('user', `Bearer ${token}`);
    await clock.advance(1000);
    expect(await failure(service.authorizer.authorize('user', `Bearer ${token}`))).toEqual([401, 1005]);
    const fresh = await createUserService({ store: inMemoryUsers(), jwtKey, clock });
    expect(await failure(fresh.authorizer.authorize('user', `Bearer ${token}`))).toEqual([401, 1005]);
  });

  it('of one webapp hold at another with the same key, and end there within a second of a logout [http.token.shared]', async () => {
    const { service, token, options, clock } = await withOps();
    const elsewhere = await createUserService(options);
    await elsewhere.authorizer.authorize('user', `Bearer ${token}`);
    await service.administration.logout('oper');
    await clock.advance(1000);
    expect(await failure(elsewhere.authorizer.authorize('user', `Bearer ${token}`))).toEqual([401, 1005]);
  });

  it('are refused under another key', async () => {
    const { token, options } = await withOps();
    const stranger = await createUserService({ ...options, jwtKey: 'x'.repeat(64) });
    expect(await failure(stranger.authorizer.authorize('user', `Bearer ${token}`))).toEqual([401, 1005]);
  });

  it('that are forged, of algorithm none, cut or signed with the bare key are refused', async () => {
    const { service, token } = await withOps();
    const [header, payload, signature] = token.split('.') as [string, string, string];
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    const asAdmin = encode({ ...claims, user: 'admin' });
    const bare = createHmac('sha256', jwtKey).update(`${header}.${asAdmin}`).digest('base64url');
    for (const forged of [
      `${encode({ typ: 'JWT', alg: 'none' })}.${payload}.`,
      `${encode({ typ: 'JWT', alg: 'none' })}.${payload}.${signature}`,
      `${encode({ typ: 'JWT', alg: 'HS512' })}.${payload}.${signature}`,
      `${header}.${asAdmin}.${signature}`,
      `${header}.${asAdmin}.${bare}`,
      `${header}.${encode({ ...claims, user: { $ne: 1 } })}.${signature}`,
      `${header}.${encode({ ...claims, exp: 9_999_999_999 })}.${signature}`,
      `${header}.${payload}`,
      token.slice(0, -2),
      'a.b.c',
      'null',
      'x'.repeat(10_000),
    ]) {
      expect(await failure(service.authorizer.authorize('user', `Bearer ${forged}`)), forged).toEqual([401, 1005]);
    }
  });

  it('of no shape at all are ever anything but refused', async () => {
    const { service, store } = await withOps();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (header) => {
        expect(await failure(service.authorizer.authorize('admin', header))).toEqual([401, 1005]);
        expect(await failure(service.authorizer.authorize('admin', `Bearer ${header}`))).toEqual([401, 1005]);
      }),
    );
    expect(store.rows.size).toBe(2);
  });

  it('cost no read of the store while the user is known', async () => {
    const { service, token, store } = await withOps();
    await service.authorizer.authorize('user', `Bearer ${token}`);
    const before = store.finds();
    for (let count = 0; count < 100; count += 1) await service.authorizer.authorize('user', `Bearer ${token}`);
    expect(store.finds()).toBe(before);
  });
});

describe('authorization', () => {
  it('lets a user do what users may, and about itself what admins may', async () => {
    const { service, token } = await withOps();
    const header = `Bearer ${token}`;
    expect(await service.authorizer.authorize('user', header)).toEqual({ kind: 'user', username: 'oper', role: 'ROLE_USER' });
    await service.authorizer.authorize('monitoring', header);
    await service.authorizer.authorize('admin-or-self', header, 'oper');
    expect(await failure(service.authorizer.authorize('admin-or-self', header, 'admin'))).toEqual([403, 1005]);
    expect(await failure(service.authorizer.authorize('admin', header))).toEqual([403, 1005]);
  });

  it('lets the admin do everything', async () => {
    const { service, tokenOf } = await withOps();
    const header = `bearer ${await tokenOf('admin', 'secret', { new_password: strong })}`;
    for (const access of ['user', 'admin', 'admin-or-self', 'monitoring'] as const) {
      await service.authorizer.authorize(access, header, 'oper');
    }
  });

  it('takes the API key for monitoring and for nothing else', async () => {
    const { service, options } = await withOps();
    expect(await service.authorizer.authorize('monitoring', `Apikey ${apiKey}`)).toEqual({ kind: 'api-key' });
    await service.authorizer.authorize('monitoring', `APIKEY ${apiKey}`);
    expect(await failure(service.authorizer.authorize('monitoring', 'Apikey other'))).toEqual([401, 1005]);
    expect(await failure(service.authorizer.authorize('user', `Apikey ${apiKey}`))).toEqual([401, 1005]);
    const { apiKey: _, ...withoutKey } = options;
    const keyless = await createUserService(withoutKey);
    expect(await failure(keyless.authorizer.authorize('monitoring', 'Apikey undefined'))).toEqual([401, 1005]);
  });

  it('reads Basic credentials, colons in the password included', () => {
    const header = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    expect(basicCredentials(header('admin:se:cr:ét'))).toEqual({ username: 'admin', password: 'se:cr:ét' });
    expect(basicCredentials(header('admin:'))).toEqual({ username: 'admin', password: '' });
    for (const bad of [undefined, '', 'Basic', 'Basic ', header('admin'), header(':secret'), 'Bearer abc', 'Basic %%%']) {
      expect(() => basicCredentials(bad)).toThrow(ApiError);
    }
  });
});

describe('administration', () => {
  it('creates admin once, however many webapps start together', async () => {
    const store = inMemoryUsers();
    const clock = createFakeClock();
    const services = await Promise.all([1, 2, 3].map(() => createUserService({ store, jwtKey, clock })));
    await Promise.all(services.map(({ administration }) => administration.ensureAdmin()));
    const admin = store.rows.get('admin');
    expect(admin).toMatchObject({ role: 'ROLE_ADMIN', mustChange: true });
    await services[0]?.administration.ensureAdmin();
    expect(store.rows.get('admin')).toBe(admin);
  });

  it('answers the documented bodies', async () => {
    const { service } = await fixture();
    const { administration } = service;
    expect(await administration.create({ username: 'oper', password: strong })).toEqual({ users: [{ username: 'oper' }] });
    expect(await administration.get('oper')).toEqual({ users: [{ username: 'oper', ROLES: 'ROLE_USER' }] });
    expect(await administration.get('admin')).toEqual({ users: [{ username: 'admin', ROLES: 'ROLE_ADMIN' }] });
    expect(await administration.update('oper', { password: 'Another-1one' })).toEqual({ users: [{ username: 'oper' }] });
    expect(await administration.remove('oper')).toEqual({ users: [{ username: 'oper' }] });
  });

  it('refuses what is wrong and changes nothing', async () => {
    const { service, store } = await withOps();
    const { administration } = service;
    const before = JSON.stringify([...store.rows]);
    const duplicate = administration.create({ username: 'oper', password: strong });
    await expect(duplicate).rejects.toMatchObject({
      body: { code: 1014, title: 'Internal error', details: 'Unable to create user. Already exist?' },
    });
    for (const [attempt, code] of [
      [() => administration.create(undefined), 1008],
      [() => administration.create({ username: 'oper2' }), 1008],
      [() => administration.create({ username: 'abc', password: strong }), 1009],
      [() => administration.create({ username: 'x'.repeat(33), password: strong }), 1009],
      [() => administration.create({ username: 'a b c d', password: strong }), 1009],
      [() => administration.create({ username: 'oper2', password: 'weak' }), 1009],
      [() => administration.create({ username: 'oper2', password: strong, role: 'ROLE_ADMIN' }), 1010],
      [() => administration.update('oper', {}), 1008],
      [() => administration.update('nobody', { password: strong }), 1006],
      [() => administration.update('oper\u0000', { password: strong }), 1006],
      [() => administration.get('nobody'), 1006],
      [() => administration.remove('nobody'), 1006],
      [() => administration.remove('admin'), 1005],
    ] as const) {
      expect((await failure(attempt()))[1]).toBe(code);
    }
    expect(JSON.stringify([...store.rows])).toBe(before);
  });

  it('names no password in what it throws', async () => {
    const { service } = await fixture();
    const secretText = 'my-weak-but-secret-text';
    const error = await service.administration.create({ username: 'oper', password: secretText }).catch((thrown: unknown) => thrown);
    expect(JSON.stringify(error) + String(error)).not.toContain(secretText);
  });
});
