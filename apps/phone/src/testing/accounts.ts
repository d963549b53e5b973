import { randomInt, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Route } from '@multiconnect/xmpp';
import type { PhoneAccount } from '../record.ts';

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run this test in vitest's integration project`);
  return value;
}

export const network = () => ({
  routes: [{ host: required('TEST_XMPP_HOST'), port: Number(required('TEST_XMPP_PORT')), security: 'starttls' }] as readonly Route[],
  ca: readFileSync(required('TEST_XMPP_CA_FILE'), 'utf8'),
});

export const newNumber = (): string => `1555${String(randomInt(1e10)).padStart(10, '0')}`;

const maxAttempts = 5;
const conflict = 409;

/** An account at the chat server, made without a registry. */
export async function newAccount(number = newNumber()): Promise<PhoneAccount> {
  const host = required('TEST_XMPP_DOMAIN');
  const password = randomUUID();
  const body = JSON.stringify({ user: `+${number}`, host, password });
  for (let attempt = 1; ; attempt++) {
    const answer = await fetch(`${required('TEST_EJABBERD_API_URL')}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    if (answer.ok || (attempt > 1 && answer.status === conflict)) break;
    // Many at once, and its database is locked for some.
    if (attempt === maxAttempts) throw new Error(`registration failed: ${answer.status} ${await answer.text()}`);
  }
  return { number, jid: `+${number}@${host}`, password };
}
