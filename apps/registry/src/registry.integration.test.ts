import { stat } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '@multiconnect/telemetry';
import { startRegistry } from './start.ts';
import { freshNumber, startTestRegistry, type TestRegistry } from './testing/registry.ts';

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startTestRegistry();
});
afterAll(() => registry.stop());

const refused = (status: number, code: string) => ({ status, body: { error: { code } } });
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

const askCode = (number: string, kind = 'phone') => registry.post('/v1/codes', { number, kind, method: 'sms' });
const register = (number: string, code: string, more: object = {}) =>
  registry.post('/v1/registrations', { number, kind: 'phone', code, ...more });

async function registeredPhone(number = freshNumber()) {
  await askCode(number);
  const { body } = await register(number, await registry.codeOf(number));
  return { number, ...(body as { jid: string; password: string }) };
}

async function certificateFor(number: string, name = 'Ada & Söhne') {
  const { body } = await registry.operate('/v1/certificates', { number, name });
  return (body as { certificate: string }).certificate;
}

const passwordWorks = async (number: string, password: string) =>
  (await registry.ejabberd('check_password', { user: `+${number}`, password })).body === 0;

describe('codes', () => {
  it('are six digits in a file that only its owner may read, and nowhere else in clear', async () => {
    const number = freshNumber();
    expect(await askCode(number)).toEqual({ status: 202, body: {} });
    const code = await registry.codeOf(number);
    expect(code).toMatch(/^[0-9]{6}$/);
    expect((await stat(registry.codeFile)).mode & 0o777).toBe(0o600);
    const client = new pg.Client({ connectionString: registry.databaseUrl });
    await client.connect();
    const { rows } = await client.query('SELECT * FROM code WHERE number = $1', [number]);
    await client.end();
    expect(JSON.stringify(rows)).not.toContain(code);
  });

  it('make a number wait longer and longer for the next, until a quiet day', async () => {
    const number = freshNumber();
    await askCode(number);
    for (const waitS of [30, 120, 600]) {
      expect(await askCode(number)).toEqual({ status: 403, body: { error: { code: 'wait', wait_s: waitS } } });
      await registry.clock.advance(waitS * 1000);
      expect((await askCode(number)).status).toBe(202);
    }
    await registry.clock.advance(dayMs + 1);
    await askCode(number);
    expect(await askCode(number)).toMatchObject({ body: { error: { wait_s: 30 } } });
  });

  it('are sent once when asked for many times at once', async () => {
    const number = freshNumber();
    const answers = await Promise.all(Array.from({ length: 10 }, () => askCode(number)));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
  });

  it('end ten minutes after they were sent', async () => {
    const number = freshNumber();
    await askCode(number);
    await registry.clock.advance(10 * minuteMs);
    expect(await register(number, await registry.codeOf(number))).toEqual(refused(403, 'expired-code'));
  });

  it('work once, and only for what they were asked for', async () => {
    const number = freshNumber();
    await askCode(number);
    const code = await registry.codeOf(number);
    const certificate = await certificateFor(number);
    expect(await register(number, code, { kind: 'business', certificate })).toEqual(refused(403, 'no-code'));
    expect((await register(number, code)).status).toBe(201);
    expect(await register(number, code)).toEqual(refused(403, 'no-code'));
    expect(await register(freshNumber(), code)).toEqual(refused(403, 'no-code'));
  });

  it('cannot be guessed: after five wrong attempts, made at once or not, the wait grows and a new code ends it not', async () => {
    const number = freshNumber();
    await askCode(number);
    const code = await registry.codeOf(number);
    const wrong = code === '000000' ? '000001' : '000000';
    const answers = await Promise.all(Array.from({ length: 20 }, () => register(number, wrong)));
    const codes = answers.map(({ body }) => (body as { error: { code: string } }).error.code);
    expect(codes.filter((each) => each === 'wrong-code')).toHaveLength(5);
    expect(codes.filter((each) => each === 'too-many-attempts')).toHaveLength(15);
    expect(await register(number, code)).toEqual({ status: 403, body: { error: { code: 'too-many-attempts', wait_s: 60 } } });
    await registry.clock.advance(minuteMs);
    expect(await register(number, wrong)).toEqual({ status: 403, body: { error: { code: 'wrong-code', wait_s: 300 } } });
    await askCode(number);
    expect(await register(number, await registry.codeOf(number))).toMatchObject({ body: { error: { code: 'too-many-attempts' } } });
    await registry.clock.advance(5 * minuteMs);
    expect((await register(number, await registry.codeOf(number))).status).toBe(201);
  });
});

describe('registrations', () => {
  it('create the chat account', async () => {
    const phone = await registeredPhone();
    expect(phone.jid).toBe(`+${phone.number}@${registry.domain}`);
    expect(await passwordWorks(phone.number, phone.password)).toBe(true);
  });

  it('hand an existing account to the new owner of the number', async () => {
    const first = await registeredPhone();
    await registry.clock.advance(dayMs + 1);
    const second = await registeredPhone(first.number);
    expect(await passwordWorks(first.number, first.password)).toBe(false);
    expect(await passwordWorks(second.number, second.password)).toBe(true);
  });

  it('give a business its verified name, from a certificate for that very number', async () => {
    const number = freshNumber();
    await askCode(number, 'business');
    const code = await registry.codeOf(number);
    const business = { kind: 'business' };
    expect(await register(number, code, business)).toEqual(refused(403, 'invalid-certificate'));
    expect(await register(number, code, { ...business, certificate: 'bm9uc2Vuc2U=' })).toEqual(refused(403, 'invalid-certificate'));
    const other = await certificateFor(freshNumber());
    expect(await register(number, code, { ...business, certificate: other })).toEqual(refused(403, 'number-mismatch'));
    const certificate = await certificateFor(number);
    expect(await register(number, code, { ...business, certificate })).toMatchObject({
      status: 201,
      body: { jid: `+${number}@${registry.domain}`, verified_name: 'Ada & Söhne' },
    });
  });
});

describe('lookups', () => {
  const lookup = async (numbers: readonly string[]) => (await registry.post('/v1/lookups', { numbers })).body;
  const valid = (number: string) => ({ number, status: 'valid', jid: `+${number}@${registry.domain}` });

  it('find phones, those with an account made by hand too, and nobody else', async () => {
    const phone = await registeredPhone();
    const handMade = freshNumber();
    await registry.ejabberd('register', { user: `+${handMade}`, password: 'secret' });
    const nobody = freshNumber();
    expect(await lookup([nobody, phone.number, 'no number', handMade, phone.number])).toEqual({
      contacts: [
        { number: nobody, status: 'invalid' },
        valid(phone.number),
        { number: 'no number', status: 'invalid' },
        valid(handMade),
        valid(phone.number),
      ],
    });
    expect(await lookup([])).toEqual({ contacts: [] });
  });

  it('say what language a phone is set to, as its newest registration said', async () => {
    const { number } = await registeredPhone();
    const sayLanguage = async (language: string) => {
      await registry.clock.advance(dayMs + 1);
      await askCode(number);
      await register(number, await registry.codeOf(number), { language });
    };
    expect(await lookup([number])).toEqual({ contacts: [valid(number)] });
    await sayLanguage('pt-BR');
    expect(await lookup([number])).toEqual({ contacts: [{ ...valid(number), language: 'pt_BR' }] });
    await sayLanguage('de');
    expect(await lookup([number])).toEqual({ contacts: [{ ...valid(number), language: 'de' }] });
  });

  it('answer that a business is no recipient, and that a phone that becomes one is none any more [contacts.check.business] [faq.no_business_recipients]', async () => {
    const { number } = await registeredPhone();
    await registry.clock.advance(dayMs + 1);
    await askCode(number, 'business');
    await register(number, await registry.codeOf(number), { kind: 'business', certificate: await certificateFor(number) });
    expect(await lookup([number])).toEqual({ contacts: [{ number, status: 'invalid' }] });
  });

  it('take a thousand numbers at once, and not one more', async () => {
    const numbers = Array.from({ length: 1000 }, freshNumber);
    expect((await lookup(numbers)) as { contacts: unknown[] }).toMatchObject({ contacts: { length: 1000 } });
    expect(await registry.post('/v1/lookups', { numbers: [...numbers, freshNumber()] })).toMatchObject({ status: 400 });
  });
});

describe('certificates', () => {
  const check = (certificate: string) => registry.post('/v1/certificates/check', { certificate });

  it('carry name and number', async () => {
    const number = freshNumber();
    expect(await check(await certificateFor(number))).toMatchObject({ status: 200, body: { number, verified_name: 'Ada & Söhne' } });
  });

  it('are refused when a byte of them is changed', async () => {
    const certificate = Buffer.from(await certificateFor(freshNumber()), 'base64').toString();
    const forged = Buffer.from(certificate.replace('Ada', 'Eve')).toString('base64');
    expect(await check(forged)).toEqual(refused(403, 'invalid-certificate'));
  });

  it('end, and say so', async () => {
    const certificate = await certificateFor(freshNumber());
    await registry.clock.advance(365 * dayMs);
    expect(await check(certificate)).toEqual(refused(403, 'expired-certificate'));
  });

  it('outlive a restart of the registry, and are the same to another one on the same database', async () => {
    const number = freshNumber();
    const certificate = await certificateFor(number);
    const log = createLogger({ level: 'silent', process: 'registry', node: 'second' });
    const second = await startRegistry(registry.config, log, registry.clock);
    try {
      const answer = await fetch(`http://127.0.0.1:${second.port}/v1/certificates/check`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ certificate }),
      });
      expect(await answer.json()).toMatchObject({ number });
    } finally {
      await second.stop();
    }
  });
});

describe('what only the operator may do', () => {
  it.each(['/v1/certificates', '/v1/phones'])('%s is refused without the token', async (path) => {
    for (const authorization of ['', 'Bearer', 'Bearer wrong', 'Basic dG9rZW4=']) {
      expect(await registry.post(path, {}, { authorization })).toEqual(refused(401, 'unauthorized'));
    }
  });

  it('provisions many phones without codes', async () => {
    const numbers = Array.from({ length: 200 }, freshNumber);
    const { status, body } = await registry.operate('/v1/phones', { numbers, language: 'fil' });
    const { phones } = body as { phones: { number: string; jid: string; password: string }[] };
    expect(status).toBe(201);
    expect(phones.map(({ number }) => number)).toEqual(numbers);
    expect(await passwordWorks(phones[199]?.number ?? '', phones[199]?.password ?? '')).toBe(true);
    const found = await registry.post('/v1/lookups', { numbers: numbers.slice(0, 3) });
    expect(found.body).toMatchObject({ contacts: numbers.slice(0, 3).map(() => ({ status: 'valid', language: 'fil' })) });
  });

  it('does not let a fleet of phones take a business over', async () => {
    const number = freshNumber();
    await askCode(number, 'business');
    await register(number, await registry.codeOf(number), { kind: 'business', certificate: await certificateFor(number) });
    expect(await registry.operate('/v1/phones', { numbers: [number] })).toEqual(refused(409, 'registered-as-business'));
  });
});

describe('bad input', () => {
  const code = { number: '16315550000', kind: 'phone', method: 'sms' };
  it.each([
    ['/v1/codes', { ...code, number: '0123' }, 'invalid-number'],
    ['/v1/codes', { ...code, number: 16_315_550_000 }, 'invalid-number'],
    ['/v1/codes', { ...code, method: 'pigeon' }, 'invalid-request'],
    ['/v1/codes', {}, 'invalid-request'],
    ['/v1/codes', [], 'invalid-request'],
    ['/v1/codes', 'null', 'invalid-request'],
    ['/v1/codes', '{"number"', 'invalid-request'],
    ['/v1/codes', '', 'invalid-request'],
    ['/v1/registrations', { number: '16315550000', kind: 'phone' }, 'invalid-request'],
    ['/v1/registrations', { number: '16315550000', kind: 'phone', code: '123456', language: 'Klingon' }, 'invalid-request'],
    ['/v1/registrations', { number: '\u0000', kind: 'phone', code: '123456' }, 'invalid-number'],
    ['/v1/lookups', { numbers: 'all' }, 'invalid-request'],
    ['/v1/certificates/check', { certificate: 7 }, 'invalid-request'],
  ])('%s %j is answered 400 %s', async (path, body, expected) => {
    const answer = await registry.post(path, body);
    expect(answer.status).toBe(400);
    expect((answer.body as { error: { code: string } }).error.code).toMatch(expected === 'invalid-request' ? /^invalid-/ : expected);
  });

  it('that is too large, of another type or for no path of ours has its own answer', async () => {
    expect(await registry.post('/v1/codes', { ...code, more: 'x'.repeat(2_000_000) })).toEqual(refused(413, 'too-large'));
    expect(await registry.post('/v1/codes', 'number=1', { 'content-type': 'text/plain' })).toEqual(refused(400, 'invalid-request'));
    expect(await registry.post('/v1/nothing', {})).toEqual(refused(404, 'not-found'));
  });
});

describe('when something else is away', () => {
  it('says so, and keeps the code for the next attempt', async () => {
    const cutOff = await startTestRegistry({ ejabberdApiUrl: 'http://127.0.0.1:9/api' });
    const number = freshNumber();
    const attempt = async () =>
      cutOff.post('/v1/registrations', { number, kind: 'phone', code: await cutOff.codeOf(number) });
    await cutOff.post('/v1/codes', { number, kind: 'phone', method: 'sms' });
    expect(await attempt()).toEqual(refused(503, 'unavailable'));
    expect(await attempt()).toEqual(refused(503, 'unavailable'));
    expect(await cutOff.post('/v1/lookups', { numbers: [number] })).toEqual(refused(503, 'unavailable'));
    await cutOff.stop();
  });

  it('lets nobody wait for a code that could not be sent', async () => {
    const mute = await startTestRegistry({ codeSender: { kind: 'log', file: '/nowhere/codes' } });
    const number = freshNumber();
    const ask = () => mute.post('/v1/codes', { number, kind: 'phone', method: 'sms' });
    expect(await ask()).toEqual(refused(503, 'unavailable'));
    expect(await ask()).toEqual(refused(503, 'unavailable'));
    await mute.stop();
  });
});

describe('two-step verification', () => {
  async function protectedBusiness(pin = '123456') {
    const number = freshNumber();
    const certificate = await certificateFor(number);
    await askCode(number, 'business');
    const { body } = await register(number, await registry.codeOf(number), { kind: 'business', certificate });
    const { password } = body as { password: string };
    expect(await registry.post('/v1/two-step', { number, password, pin })).toEqual({ status: 200, body: {} });
    await registry.clock.advance(dayMs + 1);
    return { number, certificate, password };
  }
  const askWith = (number: string, pin?: string) => registry.post('/v1/codes', { number, kind: 'business', method: 'sms', pin });

  it('lets nobody register the number without its PIN, whoever gets the code', async () => {
    const { number, certificate, password } = await protectedBusiness();
    expect(await askWith(number)).toEqual(refused(403, 'pin-required'));
    expect(await askWith(number, '654321')).toEqual(refused(403, 'wrong-pin'));
    expect((await askWith(number, '123456')).status).toBe(202);
    const code = await registry.codeOf(number);
    const business = { kind: 'business', certificate };
    expect(await register(number, code, business)).toEqual(refused(403, 'pin-required'));
    expect(await register(number, code, { ...business, pin: '654321' })).toEqual(refused(403, 'wrong-pin'));
    expect(await passwordWorks(number, password)).toBe(true);
    expect((await register(number, code, { ...business, pin: '123456' })).status).toBe(201);
    expect(await passwordWorks(number, password)).toBe(false);
  });

  it('lets no phone take the number over either', async () => {
    const { number, password } = await protectedBusiness();
    expect(await askCode(number)).toEqual(refused(403, 'pin-required'));
    expect(await passwordWorks(number, password)).toBe(true);
  });

  it('cannot be guessed: after five wrong PINs, made at once or not, the wait grows', async () => {
    const { number } = await protectedBusiness();
    const answers = await Promise.all(Array.from({ length: 12 }, () => askWith(number, '000000')));
    const codes = answers.map(({ body }) => (body as { error: { code: string } }).error.code);
    expect(codes.filter((one) => one === 'wrong-pin')).toHaveLength(5);
    expect(codes.filter((one) => one === 'too-many-attempts')).toHaveLength(7);
    expect(await askWith(number, '123456')).toEqual({ status: 403, body: { error: { code: 'too-many-attempts', wait_s: 60 } } });
    await registry.clock.advance(minuteMs);
    expect(await askWith(number, '000000')).toEqual({ status: 403, body: { error: { code: 'wrong-pin', wait_s: 300 } } });
    await registry.clock.advance(5 * minuteMs);
    expect((await askWith(number, '123456')).status).toBe(202);
    expect(await askWith(number, '000000')).toEqual(refused(403, 'wrong-pin'));
  });

  it('is changed and taken away only by who holds the chat account', async () => {
    const { number, password } = await protectedBusiness();
    for (const wrong of ['guess', password.slice(1)]) expect(await registry.post('/v1/two-step', { number, password: wrong, pin: null })).toEqual(refused(401, 'unauthorized'));
    expect(await registry.post('/v1/two-step', { number: freshNumber(), password, pin: '111111' })).toEqual(refused(401, 'unauthorized'));
    expect((await registry.post('/v1/two-step', { number, password, pin: '222222' })).status).toBe(200);
    expect(await askWith(number, '123456')).toEqual(refused(403, 'wrong-pin'));
    expect((await registry.post('/v1/two-step', { number, password, pin: null })).status).toBe(200);
    expect((await askWith(number)).status).toBe(202);
  });

  it('is kept as an argon2id hash, and takes six digits', async () => {
    const { number, password } = await protectedBusiness('987654');
    const client = new pg.Client({ connectionString: registry.databaseUrl });
    await client.connect();
    const { rows } = await client.query<{ pin_hash: string }>('SELECT pin_hash FROM two_step WHERE number = $1', [number]);
    await client.end();
    expect(rows[0]?.pin_hash).toMatch(/^\$argon2id\$/);
    for (const pin of ['12345', '1234567', 'abcdef', 123456]) expect(await registry.post('/v1/two-step', { number, password, pin })).toEqual(refused(400, 'invalid-request'));
  });
});
