import { afterEach, describe, expect, it, vi } from 'vitest';
import { signUpPhone, signUpPhones, SignUpFailed } from './sign-up.ts';

afterEach(() => vi.unstubAllGlobals());

interface Asked {
  readonly url: string;
  readonly body: unknown;
  readonly authorization: string | null;
}

function registry(answers: readonly Response[]): Asked[] {
  const asked: Asked[] = [];
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    asked.push({ url, body: JSON.parse(init.body as string), authorization: new Headers(init.headers).get('authorization') });
    return Promise.resolve(answers[asked.length - 1]);
  });
  return asked;
}

const registryUrl = 'http://registry.example';

describe('signing up', () => {
  it('asks for a code, and proves the number with it', async () => {
    const asked = registry([
      Response.json({}, { status: 202 }),
      Response.json({ jid: '+15550001@chat.example', password: 'secret' }, { status: 201 }),
    ]);
    const account = await signUpPhone({ registryUrl, number: '15550001', language: 'pt_BR', readCode: () => Promise.resolve(' 123-456\n') });
    expect(account).toEqual({ number: '15550001', jid: '+15550001@chat.example', password: 'secret' });
    expect(asked).toEqual([
      { url: `${registryUrl}/v1/codes`, body: { number: '15550001', method: 'sms', kind: 'phone' }, authorization: null },
      { url: `${registryUrl}/v1/registrations`, body: { number: '15550001', kind: 'phone', code: '123456', language: 'pt_BR' }, authorization: null },
    ]);
  });

  it('says what the registry refused it with, and how long to wait', async () => {
    registry([Response.json({ error: { code: 'wait', wait_s: 41.5 } }, { status: 403 })]);
    const refused = signUpPhone({ registryUrl, number: '15550001', readCode: () => Promise.resolve('') });
    await expect(refused).rejects.toThrow('wait, try again in 42 s');
  });

  it('does not ask for a code that was not sent', async () => {
    registry([new Response('<html>', { status: 502 })]);
    const readCode = vi.fn(() => Promise.resolve('1'));
    await expect(signUpPhone({ registryUrl, number: '15550001', readCode })).rejects.toThrow(SignUpFailed);
    expect(readCode).not.toHaveBeenCalled();
  });

  it('gets accounts for a fleet in the order of its numbers, 500 at a time', async () => {
    const numbers = Array.from({ length: 501 }, (_, index) => String(15550000 + index));
    const phones = numbers.map((number) => ({ number, jid: `+${number}@chat.example`, password: `of ${number}` }));
    const asked = registry([
      Response.json({ phones: phones.slice(0, 500).reverse() }, { status: 201 }),
      Response.json({ phones: phones.slice(500) }, { status: 201 }),
    ]);
    const accounts = await signUpPhones({ registryUrl, operatorToken: 'operator', numbers });
    expect(accounts).toEqual(phones);
    expect(asked.map(({ authorization }) => authorization)).toEqual(['Bearer operator', 'Bearer operator']);
  });

  it('fails when a number is left out', async () => {
    registry([Response.json({ phones: [] }, { status: 201 })]);
    await expect(signUpPhones({ registryUrl, operatorToken: 'operator', numbers: ['15550001'] })).rejects.toThrow('left +15550001 out');
  });
});
