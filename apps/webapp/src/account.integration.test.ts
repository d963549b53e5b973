import { ApiError, defaultApplicationSettings } from '@multiconnect/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TestWebapp } from './testing/webapp.ts';
import { ownNumber, startTestWebapp } from './testing/webapp.ts';

let webapp: TestWebapp;
let token: string;
let allNodes: TestWebapp['cluster']['state']['nodes'];
const meta = { version: '2.57.2', api_status: 'stable' };
const registration = { cc: '1', phone_number: '6315550000', method: 'sms', cert: 'Y2VydA==' };
const shards = { cc: '1', phone_number: '6315550000', shards: 8, cert: 'Y2VydA==' };

beforeAll(async () => {
  webapp = await startTestWebapp();
  token = await webapp.adminToken();
  allNodes = webapp.cluster.state.nodes;
});
afterAll(() => webapp.close());
beforeEach(() => {
  webapp.cluster.state.nodes = allNodes;
  webapp.cluster.handlers.master = {};
  webapp.cluster.handlers.secondMaster = {};
  webapp.cluster.handlers.coreapp = {};
});

const send = (method: string, path: string, json?: unknown) => webapp.request(method, path, { token, json });
const notPrimary = () => Promise.reject(new ApiError('notPrimaryMaster'));

describe('POST /v1/account', () => {
  it('asks the leading master, whichever it is, and answers 202 with the verified name [account.request_code] [account.request_code.vname]', async () => {
    const asked: unknown[] = [];
    webapp.cluster.handlers.master = { 'registration.request-code': notPrimary };
    webapp.cluster.handlers.secondMaster = {
      'registration.request-code': (request) => {
        asked.push(request);
        return Promise.resolve({ state: 'code-sent', verifiedName: 'Ann & Co' });
      },
    };
    const answer = await send('POST', '/v1/account', registration);
    expect([answer.status, answer.json]).toEqual([202, { account: [{ vname: 'Ann & Co' }], meta }]);
    expect(asked).toEqual([{ cc: '1', phoneNumber: '6315550000', method: 'sms', cert: 'Y2VydA==' }]);
  });

  it('answers 201 when nothing is left to do [account.already_registered]', async () => {
    webapp.cluster.handlers.master = { 'registration.request-code': () => Promise.resolve({ state: 'already-registered' }) };
    webapp.cluster.handlers.secondMaster = { 'registration.request-code': notPrimary };
    const answer = await send('POST', '/v1/account/', registration);
    expect([answer.status, answer.json]).toEqual([201, { meta }]);
  });

  it('passes on what the registry refuses [account.refused] [account.refused.wait] [http.errors.envelope] [http.errors.status]', async () => {
    const details = 'Please wait 6 hour(s) 33 minute(s) before trying again';
    webapp.cluster.handlers.master = { 'registration.request-code': () => Promise.reject(new ApiError('forbidden', details)) };
    webapp.cluster.handlers.secondMaster = { 'registration.request-code': notPrimary };
    const answer = await send('POST', '/v1/account', registration);
    expect([answer.status, answer.json.errors]).toEqual([403, [{ code: 1005, title: 'Access denied', details }]]);
  });

  it('answers 1017 while no master leads, and 1014 in the documented form when none can be reached [error.1017] [error.1014] [health.core_unreachable]', async () => {
    webapp.cluster.handlers.master = { 'registration.request-code': notPrimary };
    webapp.cluster.handlers.secondMaster = { 'registration.request-code': notPrimary };
    const leaderless = await send('POST', '/v1/account', registration);
    expect([leaderless.status, leaderless.json.errors?.[0]?.code, leaderless.headers['retry-after']]).toEqual([503, 1017, '1']);

    webapp.cluster.state.nodes = [{ id: 'gone:1', role: 'master', host: '127.0.0.1', port: 1, startedAt: 0, ageMs: 0 }];
    const unreachable = await send('POST', '/v1/account', registration);
    expect([unreachable.status, unreachable.json.errors]).toEqual([
      500,
      [{ code: 1014, title: 'Internal error', details: 'Connection timed out. Please check if wacore is running: 127.0.0.1:1' }],
    ]);
    webapp.cluster.state.nodes = [];
    expect((await send('POST', '/v1/account', registration)).json.errors?.[0]?.code).toBe(1014);
  });

  it.each([
    [{ ...registration, cc: undefined }, 1008, '[account.request_code.cc]'],
    [{ ...registration, cert: undefined }, 1008, '[account.request_code.cert]'],
    [{ ...registration, phone_number: undefined }, 1008, '[account.request_code.phone_number]'],
    [{ ...registration, method: undefined }, 1008, '[account.request_code.method]'],
    [{ ...registration, cc: 1 }, 1009, ''],
    [{ ...registration, cc: '+1' }, 1009, '[account.request_code.cc]'],
    [{ ...registration, phone_number: '+6315550000' }, 1009, '[account.request_code.phone_number]'],
    [{ ...registration, method: 'pigeon' }, 1009, '[account.request_code.method]'],
    [{ ...registration, phone_number: '6315550000\u0000' }, 1009, ''],
    [{ ...registration, cert: 'x\u0000' }, 1009, ''],
    [{ ...registration, pin: '12' }, 1009, ''],
    [{ ...registration, vname: 'x' }, 1010, ''],
  ])('refuses %j with %i and asks nobody %s', async (json, code, _rows) => {
    expect((await send('POST', '/v1/account', json)).json.errors?.[0]?.code).toBe(code);
  });
});

describe('two-step verification', () => {
  const path = '/v1/settings/account/two-step';

  it('is turned on and off through the leading master [settings.two_step.set] [settings.two_step.disable]', async () => {
    const asked: unknown[] = [];
    webapp.cluster.handlers.master = { 'registration.set-pin': notPrimary };
    webapp.cluster.handlers.secondMaster = {
      'registration.set-pin': (request) => {
        asked.push(request);
        return Promise.resolve({});
      },
    };
    const [on, off] = [await send('POST', path, { pin: '012345' }), await send('DELETE', path)];
    expect([on.status, on.json, off.status, off.json]).toEqual([200, { meta }, 200, { meta }]);
    expect(asked).toEqual([{ pin: '012345' }, { pin: null }]);
    expect(webapp.lines.join()).not.toContain('012345');
  });

  it('passes the PIN on with a registration and a change of the shards', async () => {
    const asked: unknown[] = [];
    webapp.cluster.handlers.master = {
      'registration.request-code': ({ pin }) => {
        asked.push(pin);
        return Promise.reject(new ApiError('forbidden', 'Two-step verification: the pin is wrong'));
      },
      'registration.set-shards': ({ pin }) => {
        asked.push(pin);
        return Promise.resolve({});
      },
    };
    webapp.cluster.handlers.secondMaster = { 'registration.request-code': notPrimary, 'registration.set-shards': notPrimary };
    const refused = await send('POST', '/v1/account', { ...registration, pin: '654321' });
    expect([refused.status, refused.json.errors]).toEqual([403, [{ code: 1005, title: 'Access denied', details: 'Two-step verification: the pin is wrong' }]]);
    expect((await send('POST', '/v1/account/shards', { ...shards, pin: '123456' })).status).toBe(201);
    expect(asked).toEqual(['654321', '123456']);
  });

  it.each([
    [{}, 1008],
    [{ pin: '12345' }, 1009],
    [{ pin: 123456 }, 1009],
    [{ pin: '123456', email: 'x' }, 1010],
  ])('refuses %j with %i [settings.two_step.pin]', async (json, code) => {
    expect((await send('POST', path, json)).json.errors?.[0]?.code).toBe(code);
  });
});

describe('POST /v1/account/verify', () => {
  it('answers 201, and what the registry refuses [account.verify] [account.verify.code] [account.verify.refused]', async () => {
    webapp.cluster.handlers.master = { 'registration.verify': ({ code }) => (code === '222-867' ? Promise.resolve({}) : Promise.reject(new ApiError('forbidden'))) };
    webapp.cluster.handlers.secondMaster = { 'registration.verify': notPrimary };
    const answer = await send('POST', '/v1/account/verify', { code: '222-867' });
    expect([answer.status, answer.json]).toEqual([201, { meta }]);
    expect((await send('POST', '/v1/account/verify', { code: '000000' })).status).toBe(403);
    expect((await send('POST', '/v1/account/verify', {})).json.errors?.[0]?.code).toBe(1008);
    expect((await send('POST', '/v1/account/verify', { code: 222867 })).json.errors?.[0]?.code).toBe(1009);
  });
});

describe('/v1/account/shards', () => {
  it('reads and sets the count, as a number or a string [shards.read] [shards.set] [shards.set.shards.string]', async () => {
    const asked: unknown[] = [];
    webapp.cluster.handlers.master = { 'registration.set-shards': notPrimary };
    webapp.cluster.handlers.secondMaster = {
      'registration.set-shards': (request) => {
        asked.push(request.shards);
        return Promise.resolve({});
      },
    };
    const read = await send('GET', '/v1/account/shards');
    expect([read.status, read.json]).toEqual([200, { account: { shards: 4 }, meta }]);
    expect((await send('POST', '/v1/account/shards', shards)).status).toBe(201);
    expect((await send('POST', '/v1/account/shards', { ...shards, shards: '32' })).status).toBe(201);
    expect(asked).toEqual([8, 32]);
  });

  it.each([1, 2, 4, 8, 16, 32])('takes the count %i [shards.set.shards]', async (count) => {
    webapp.cluster.handlers.master = { 'registration.set-shards': ({ shards: asked }) => (asked === count ? Promise.resolve({}) : Promise.reject(new ApiError('generic'))) };
    webapp.cluster.handlers.secondMaster = { 'registration.set-shards': notPrimary };
    expect((await send('POST', '/v1/account/shards', { ...shards, shards: count })).status).toBe(201);
  });

  it('is refused until it can be done, to be tried again [shards.set.unavailable]', async () => {
    webapp.cluster.handlers.master = { 'registration.set-shards': () => Promise.reject(new ApiError('notReady', 'The number is not registered yet')) };
    webapp.cluster.handlers.secondMaster = { 'registration.set-shards': notPrimary };
    const answer = await send('POST', '/v1/account/shards', shards);
    expect([answer.status, answer.json.errors?.[0]?.code, answer.headers['retry-after']]).toEqual([503, 1011, '1']);
  });

  it.each([
    [{ ...shards, shards: 3 }, 1009, '[shards.set.shards]'],
    [{ ...shards, shards: '64' }, 1009, ''],
    [{ ...shards, shards: 1e30 }, 1009, ''],
    [{ ...shards, shards: [8] }, 1009, ''],
    [{ ...shards, cert: undefined }, 1008, '[shards.set.cert]'],
    [{ ...shards, cc: undefined }, 1008, '[shards.set.cc]'],
    [{ ...shards, phone_number: undefined }, 1008, '[shards.set.phone_number]'],
    [{ ...shards, x: 1 }, 1010, ''],
  ])('refuses %j with %i %s', async (json, code, _rows) => {
    expect((await send('POST', '/v1/account/shards', json)).json.errors?.[0]?.code).toBe(code);
  });
});

describe('POST /v1/contacts', () => {
  it('asks a coreapp, and gives its answers back [contacts.check] [contacts.check.input] [contacts.check.wa_id]', async () => {
    webapp.cluster.handlers.coreapp = {
      'contacts.check': ({ contacts, wait, forceCheck }) =>
        Promise.resolve(contacts.map((input) => ({ input, status: wait && !forceCheck ? 'valid' : 'processing', wa_id: '16315551001' }))),
    };
    const answer = await send('POST', '/v1/contacts/', { blocking: 'wait', contacts: ['+1 631 555 1001'] });
    expect([answer.status, answer.json]).toEqual([200, { contacts: [{ input: '+1 631 555 1001', status: 'valid', wa_id: '16315551001' }], meta }]);
  });

  it('answers 1018 to be tried again while no coreapp is in charge [error.1018] [http.header.retry_after]', async () => {
    webapp.cluster.handlers.coreapp = { 'contacts.check': () => Promise.reject(new ApiError('notPrimaryCoreapp')) };
    const answer = await send('POST', '/v1/contacts', { contacts: ['+16315551001'] });
    expect([answer.status, answer.json.errors, answer.headers['retry-after']]).toEqual([503, [{ code: 1018, title: 'Not primary coreapp' }], '1']);
  });

  it('asks another coreapp when one is gone [health.core_unreachable]', async () => {
    const gone = { id: 'gone:1', role: 'coreapp', host: '127.0.0.1', port: 1, startedAt: 0, ageMs: 0 } as const;
    webapp.cluster.state.nodes = [gone, ...allNodes, { ...gone, id: 'gone:2' }];
    webapp.cluster.handlers.coreapp = { 'contacts.check': () => Promise.resolve([]) };
    for (let turn = 0; turn < 3; turn += 1) expect((await send('POST', '/v1/contacts', { contacts: ['+16315551001'] })).status).toBe(200);
    webapp.cluster.state.nodes = [gone];
    const nobody = await send('POST', '/v1/contacts', { contacts: ['+16315551001'] });
    expect([nobody.status, nobody.json.errors?.[0]?.details]).toEqual([500, 'Connection timed out. Please check if wacore is running: 127.0.0.1:1']);
  });

  it.each([
    [{}, 1008],
    [{ contacts: [] }, 1009],
    [{ contacts: '+16315551001' }, 1009],
    [{ contacts: [16315551001] }, 1009],
    [{ contacts: ['x\u0000'] }, 1009],
    [{ contacts: ['x'.repeat(65)] }, 1009],
    [{ contacts: Array.from({ length: 1001 }, () => '1') }, 1009],
    [{ contacts: ['1'], blocking: 'maybe' }, 1009],
    [{ contacts: ['1'], force_check: 'yes' }, 1009],
    [{ contacts: ['1'], x: 1 }, 1010],
  ])('refuses %j with %i', async (json, code) => {
    expect((await send('POST', '/v1/contacts', json)).json.errors?.[0]?.code).toBe(code);
  });
});

describe('/v1/settings/application', () => {
  it('reads the defaults with the own number, changes what is named, and goes back [settings.read] [settings.patch] [settings.patch.absent] [settings.reset] [settings.wa_id]', async () => {
    const read = async () => (await send('GET', '/v1/settings/application')).json;
    expect(await read()).toEqual({ settings: { application: { ...defaultApplicationSettings, wa_id: ownNumber } }, meta });
    const patched = await send('PATCH', '/v1/settings/application', { webhooks: { url: 'https://back.end/hook' }, callback_backoff_delay_ms: '4000' });
    expect([patched.status, patched.json]).toEqual([200, { meta }]);
    expect(await read()).toMatchObject({
      settings: { application: { webhooks: { ...defaultApplicationSettings.webhooks, url: 'https://back.end/hook' }, callback_backoff_delay_ms: 4000 } },
    });
    expect((await send('DELETE', '/v1/settings/application')).status).toBe(200);
    expect(await read()).toEqual({ settings: { application: { ...defaultApplicationSettings, wa_id: ownNumber } }, meta });
  });

  it.each([
    [undefined, 1008, ''],
    [{}, 1009, '[settings.patch.empty]'],
    [{ webhooks: { url: 7 } }, 1009, ''],
    [{ unheard_of: true }, 1010, '[settings.patch.unknown]'],
  ])('refuses the PATCH %j with %i and changes nothing %s', async (json, code, _rows) => {
    const before = await webapp.stateDigest();
    expect((await send('PATCH', '/v1/settings/application', json)).json.errors?.[0]?.code).toBe(code);
    expect(await webapp.stateDigest()).toBe(before);
  });
});
