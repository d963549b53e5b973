import type { ApiError } from '@multiconnect/contract';
import type { Account, Accounts, Pins } from '@multiconnect/message-store';
import { createLogger } from '@multiconnect/telemetry';
import { describe, expect, it } from 'vitest';
import { createRegistration, type RegistryClient, RegistryRefused, RegistryUnavailable } from './index.ts';
import { waitDetails } from './refusals.ts';

const number = { cc: '1', phoneNumber: '6315550000' };
const wanted = { ...number, method: 'sms', cert: 'good' } as const;
const unregistered: Account = { id: 1, state: 'unregistered', shardCount: 1 };
const ready: Account = { ...unregistered, state: 'code_requested', countryCode: '1', phoneNumber: '6315550000', certificate: 'good' };

/** What the store keeps, in memory: the first identity stays. */
function storeOf(initial: Account) {
  let account = initial;
  let writes = 0;
  let pin: string | undefined;
  const forgetting = (pinHash: string | undefined): Partial<Account> => {
    pin = pinHash;
    const { codePin: _, ...rest } = account;
    account = rest;
    return rest;
  };
  const write = (change: Partial<Account>) => {
    writes++;
    account = { ...account, ...change };
    return Promise.resolve();
  };
  const accounts: Accounts = {
    read: () => Promise.resolve(account),
    list: () => Promise.resolve([account]),
    codeRequested: (_id, { pin: codePin, ...change }) => write({ ...change, ...(codePin !== undefined && { codePin }), state: 'code_requested' }),
    registered: (_id, chat, identity, pinHash) =>
      write({ ...forgetting(pinHash), state: 'registered', waId: `${account.countryCode ?? ''}${account.phoneNumber ?? ''}`, chat, identity: account.identity ?? identity }),
    setShardCount: (_id, shardCount) => write({ shardCount }),
  };
  const pins: Pins = {
    find: () => Promise.resolve(pin),
    save: (_id, hash) => {
      pin = hash;
      return Promise.resolve();
    },
  };
  return { accounts, pins, pin: () => pin, account: () => account, writes: () => writes };
}

interface World {
  readonly account?: Account;
  readonly registry?: Partial<RegistryClient>;
}

function world({ account = unregistered, registry = {} }: World = {}) {
  const store = storeOf(account);
  const lines: string[] = [];
  const codes: string[] = [];
  let identities = 0;
  let changes = 0;
  const registration = createRegistration({
    account: 1,
    accounts: store.accounts,
    pins: store.pins,
    registry: {
      setPin: () => Promise.resolve(),
      requestCode: () => Promise.resolve(),
      register: ({ code }) => {
        codes.push(code);
        return Promise.resolve({ jid: '+16315550000@chat.test', password: 'p-cAnArY' });
      },
      checkCertificate: () => Promise.resolve({ verifiedName: 'Tea House', number: '16315550000' }),
      close: () => Promise.resolve(),
      ...registry,
    },
    generateIdentity: () => {
      identities++;
      return Promise.resolve({ registrationId: identities, identityKeyPair: { publicKey: new Uint8Array(33), privateKey: new Uint8Array(32) } });
    },
    onChanged: () => changes++,
    log: createLogger({ level: 'debug', process: 'master', node: 'm', destination: { write: (line) => void lines.push(line) } }),
  });
  return { registration, store, codes, lines, identities: () => identities, changes: () => changes };
}

const refused = (reason: string, waitS?: number) => () => Promise.reject(new RegistryRefused(reason, waitS));

async function failureOf(call: Promise<unknown>): Promise<Pick<ApiError, 'status' | 'body' | 'retryAfterS'>> {
  return call.then(
    () => expect.fail('it was to fail'),
    (error: unknown) => error as ApiError,
  );
}

describe('registration', () => {
  it('goes from the code to the registered number, once', async () => {
    const { registration, store, codes, changes } = world();
    expect(await registration.requestCode(wanted)).toEqual({ state: 'code-sent', verifiedName: 'Tea House' });
    expect(store.account()).toMatchObject({ state: 'code_requested', verifiedName: 'Tea House', certificate: 'good' });
    expect(await registration.verify({ code: '222-867' })).toEqual({});
    expect(codes).toEqual(['222867']);
    const { identity, ...account } = store.account();
    expect(account).toMatchObject({ state: 'registered', waId: '16315550000', chat: { jid: '+16315550000@chat.test', password: 'p-cAnArY' } });
    expect(identity?.deviceId).toBeGreaterThan(0);
    expect(identity?.deviceId).toBeLessThan(2 ** 31);
    expect(changes()).toBe(1);
    expect(await registration.requestCode(wanted)).toEqual({ state: 'already-registered' });
    expect(await registration.verify({ code: '222-867' })).toEqual({});
    expect(codes).toHaveLength(1);
  });

  it('keeps the device identity that is there', async () => {
    const identity = { deviceId: 7, registrationId: 9, identityPublicKey: new Uint8Array(33), identityPrivateKey: new Uint8Array(32) };
    const account: Account = { ...unregistered, state: 'code_requested', countryCode: '1', phoneNumber: '6315550000', certificate: 'good', identity };
    const { registration, store, identities } = world({ account });
    await registration.verify({ code: '1' });
    expect(store.account().identity).toBe(identity);
    expect(identities()).toBe(0);
  });

  it('makes one identity although two verifications come together', async () => {
    const { registration, identities } = world();
    await registration.requestCode(wanted);
    await Promise.all([registration.verify({ code: '1' }), registration.verify({ code: '1' })]);
    expect(identities()).toBe(1);
  });

  it('logs neither codes nor passwords nor certificates', async () => {
    const { registration, lines } = world();
    await registration.requestCode({ ...wanted, cert: 'cAnArY' });
    await registration.verify({ code: 'cAnArY' });
    await registration.setShards({ ...number, shards: 2, cert: 'cAnArY' });
    expect(lines).toHaveLength(3);
    expect(lines.join()).not.toContain('cAnArY');
  });
});

describe('a refusal', () => {
  const registered: Account = { ...ready, state: 'registered', waId: '16315550000' };

  it.each([
    ['wait', 123, 403, 1005, 'Please wait 0 hour(s) 3 minute(s) before trying again'],
    ['blocked-by-operator', undefined, 403, 1005, 'Unknown error: blocked_by_operator'],
    ['invalid-number', undefined, 400, 1009, 'phone_number'],
  ])('of a code with %s is answered as documented and changes nothing [account.refused] [account.refused.wait]', async (reason, waitS, status, code, details) => {
    const { registration, store, changes } = world({ registry: { requestCode: refused(reason, waitS) } });
    expect(await failureOf(registration.requestCode(wanted))).toMatchObject({ status, body: { code, details }, retryAfterS: waitS });
    expect([store.writes(), changes()]).toEqual([0, 0]);
  });

  it.each([
    ['wrong-code', undefined, "Registration failed for reason 'wrong_code'."],
    ['too-many-attempts', 3600, 'Please wait 1 hour(s) 0 minute(s) before trying again'],
  ])('of a verification with %s is answered as documented and changes nothing [account.verify.refused]', async (reason, waitS, details) => {
    const { registration, store, changes } = world({ account: ready, registry: { register: refused(reason, waitS) } });
    expect(await failureOf(registration.verify({ code: '1' }))).toMatchObject({ status: 403, body: { code: 1005, details } });
    expect([store.writes(), changes()]).toEqual([0, 0]);
  });

  it('of a certificate, or one for another number, stops a request and a change of shards [shards.set.wrong_cert] [error.430] [error.432] [error.433] [shards.set.expired_cert] [account.request_code.cert]', async () => {
    const cases: readonly [Partial<RegistryClient>, string][] = [
      [{ checkCertificate: refused('expired-certificate') }, 'The verified-name certificate has expired'],
      [{ checkCertificate: refused('invalid-certificate') }, 'The verified-name certificate is not valid'],
      [{ checkCertificate: () => Promise.resolve({ verifiedName: 'x', number: '999' }) }, 'The verified-name certificate is for another number'],
    ];
    for (const [registry, details] of cases) {
      const fresh = world({ registry });
      expect(await failureOf(fresh.registration.requestCode(wanted))).toMatchObject({ status: 403, body: { code: 1005, details } });
      const used = world({ account: registered, registry });
      expect(await failureOf(used.registration.setShards({ ...number, shards: 2, cert: 'c' }))).toMatchObject({ status: 403, body: { code: 1005, details } });
      expect([fresh.store.writes(), used.store.writes(), used.changes()]).toEqual([0, 0, 0]);
    }
  });

  it('because the registry is away asks to retry [shards.set.unavailable]', async () => {
    const away = () => Promise.reject(new RegistryUnavailable('away'));
    const { registration, store } = world({ registry: { checkCertificate: away, requestCode: away } });
    expect(await failureOf(registration.requestCode(wanted))).toMatchObject({ status: 403, body: { code: 1005, details: 'temporarily unavailable, retry' } });
    expect(store.writes()).toBe(0);
  });

  it('comes before the registry is asked when no code was requested, or the number is another [account.other_number] [shards.set.unavailable] [faq.one_number]', async () => {
    const never = { register: () => expect.fail('asked'), checkCertificate: () => expect.fail('asked') };
    expect(await failureOf(world({ registry: never }).registration.verify({ code: '1' }))).toMatchObject({ status: 403 });
    expect(await failureOf(world({ registry: never }).registration.setShards({ ...number, shards: 2, cert: 'c' }))).toMatchObject({ status: 503, body: { code: 1011 } });
    const used = world({ account: registered, registry: never }).registration;
    expect(await failureOf(used.setShards({ cc: '1', phoneNumber: '999', shards: 2, cert: 'c' }))).toMatchObject({ status: 400, body: { code: 1009 } });
    expect(await failureOf(used.requestCode({ ...wanted, phoneNumber: '999' }))).toMatchObject({ status: 403, body: { code: 1005 } });
  });

  it('of one request does not stop the next', async () => {
    const { registration } = world({ account: ready, registry: { requestCode: refused('wait', 60) } });
    await expect(registration.requestCode(wanted)).rejects.toThrow();
    await expect(registration.verify({ code: '1' })).resolves.toEqual({});
  });
});

describe('two-step verification', () => {
  it('carries the PIN from the request to the registration, keeps only its hash, and asks for it when the shards change', async () => {
    const asked: unknown[] = [];
    const { registration, store, lines } = world({
      registry: {
        requestCode: async ({ pin }) => {
          await Promise.resolve(asked.push(pin));
        },
        register: async ({ pin }) => {
          await Promise.resolve(asked.push(pin));
          return { jid: '+16315550000@chat.test', password: 'p' };
        },
      },
    });
    await registration.requestCode({ ...wanted, pin: '123456' });
    expect(store.account().codePin).toBe('123456');
    await registration.verify({ code: '1' });
    expect(asked).toEqual(['123456', '123456']);
    expect(JSON.stringify(store.account())).not.toContain('123456');
    expect(store.pin()).toMatch(/^\$argon2id\$/);
    const change = { ...number, shards: 4, cert: 'good' } as const;
    expect(await failureOf(registration.setShards(change))).toMatchObject({ status: 403, body: { code: 1005, details: 'Two-step verification is on: pin is required' } });
    expect(await failureOf(registration.setShards({ ...change, pin: '654321' }))).toMatchObject({ status: 403, body: { code: 1005, details: 'Two-step verification: the pin is wrong' } });
    expect(store.account().shardCount).toBe(1);
    await registration.setShards({ ...change, pin: '123456' });
    expect(store.account().shardCount).toBe(4);
    expect(lines.join()).not.toMatch(/123456|654321/);
  });

  it('is changed at the registry first, with the password that only this cluster knows', async () => {
    const told: unknown[] = [];
    const { registration, store } = world({
      account: ready,
      registry: {
        setPin: async (change) => {
          await Promise.resolve(told.push(change));
        },
      },
    });
    expect(await failureOf(registration.setPin({ pin: '123456' }))).toMatchObject({ status: 503, body: { code: 1011 } });
    await registration.verify({ code: '1' });
    await registration.setPin({ pin: '123456' });
    expect(store.pin()).toMatch(/^\$argon2id\$/);
    await registration.setPin({ pin: null });
    expect(store.pin()).toBeUndefined();
    const holder = { number: '16315550000', password: 'p-cAnArY' };
    expect(told).toEqual([{ ...holder, pin: '123456' }, { ...holder, pin: null }]);
  });

  it('stays as it was when the registry does not take the change', async () => {
    const { registration, store } = world({ account: ready, registry: { setPin: () => Promise.reject(new RegistryUnavailable('away')) } });
    await registration.verify({ code: '1' });
    expect(await failureOf(registration.setPin({ pin: '123456' }))).toMatchObject({ status: 403, body: { code: 1005 } });
    expect(store.pin()).toBeUndefined();
  });

  it.each([
    ['pin-required', undefined, 'Two-step verification is on: pin is required'],
    ['wrong-pin', undefined, 'Two-step verification: the pin is wrong'],
    ['wrong-pin', 60, 'Please wait 0 hour(s) 1 minute(s) before trying again'],
  ])('tells the refusal %s (wait %s) as 403 with 1005', async (reason, waitS, details) => {
    const { registration, store } = world({ registry: { requestCode: refused(reason, waitS) } });
    expect(await failureOf(registration.requestCode(wanted))).toMatchObject({ status: 403, body: { code: 1005, details } });
    expect(store.writes()).toBe(0);
  });
});

describe('the number of shards', () => {
  it('changes only when it is another [shards.set.any_time]', async () => {
    const { registration, store, changes } = world();
    await registration.requestCode(wanted);
    await registration.verify({ code: '1' });
    await registration.setShards({ ...number, shards: 4, cert: 'good' });
    await registration.setShards({ ...number, shards: 4, cert: 'good' });
    expect(store.account().shardCount).toBe(4);
    expect(changes()).toBe(2);
  });
});

describe('a waiting time', () => {
  it('is told in hours and minutes, rounded up [account.refused.wait]', () => {
    expect([1, 60, 61, 3600, 23_580].map(waitDetails)).toEqual([
      'Please wait 0 hour(s) 1 minute(s) before trying again',
      'Please wait 0 hour(s) 1 minute(s) before trying again',
      'Please wait 0 hour(s) 2 minute(s) before trying again',
      'Please wait 1 hour(s) 0 minute(s) before trying again',
      'Please wait 6 hour(s) 33 minute(s) before trying again',
    ]);
  });
});
