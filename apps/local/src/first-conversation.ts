import { join } from 'node:path';
import type { ReceivedCallback } from './callback-sink.ts';
import { ProcessFailedError } from './errors.ts';
import { createGateway, type Gateway } from './gateway.ts';
import type { Progress } from './progress.ts';
import { type BusinessNumber, digitsOf, loginAsAdmin, registerNumber } from './registration.ts';
import { writeCredentials } from './state.ts';
import type { Introduce, Introduction, Running } from './supervisor.ts';

/** A customer's phone, as the first conversation needs it. */
export interface DemoPhone {
  /** The next message it has decrypted. */
  nextText(): Promise<string>;
  /** @param to digits of the number */
  send(to: string, text: string): Promise<void>;
  close(): Promise<void>;
}

/** Signs the phone up at the registry unless it is, and switches it on. */
export type OpenDemoPhone = (running: Running, number: string, dir: string) => Promise<DemoPhone>;

const business: BusinessNumber = { cc: '1', phoneNumber: '6315550000', name: 'Multiconnect Demo' };
const customer = '16315551001';
const shards = 2;
const greeting = 'Hello! This message was encrypted by your own gateway.';
const reply = 'Hello back, I could read it.';
const stepLimitMs = 30_000;

const timed = async <T>(progress: Progress, text: string, step: () => Promise<T>): Promise<T> => {
  const startedAt = performance.now();
  const result = await step();
  progress.done(text, performance.now() - startedAt);
  return result;
};

/** Fails by name instead of waiting for ever. */
const within = async <T>(dir: string, what: string, promise: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const failure = new ProcessFailedError(what, `did not come within ${stepLimitMs / 1000} s`, join(dir, 'logs'));
    timer = setTimeout(() => reject(failure), stepLimitMs);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

interface CallbackBody {
  readonly statuses?: readonly { readonly id?: string; readonly status?: string }[];
  readonly messages?: readonly { readonly from?: string; readonly text?: { readonly body?: string } }[];
}

const bodyOf = ({ body }: ReceivedCallback): CallbackBody => (typeof body === 'object' && body !== null ? body : {});

const isStatus =
  (id: string, status: string) =>
  (callback: ReceivedCallback): boolean =>
    bodyOf(callback).statuses?.some((one) => one.id === id && one.status === status) ?? false;

const isReply =
  (from: string, text: string, after: number) =>
  (callback: ReceivedCallback): boolean =>
    callback.receivedAt >= after && (bodyOf(callback).messages?.some((one) => one.from === from && one.text?.body === text) ?? false);

const sendFirst = async (gateway: Gateway, token: string): Promise<string> => {
  await gateway.call(token, 'POST', '/v1/contacts', { blocking: 'wait', contacts: [`+${customer}`] });
  const message = { to: customer, type: 'text', recipient_type: 'individual', text: { body: greeting } };
  const sent = await gateway.call(token, 'POST', '/v1/messages', message);
  return (sent.body as { readonly messages: readonly { readonly id: string }[] }).messages[0]?.id ?? '';
};

/** One message there, one back, and what the business's back end is told of them. */
const converse = async (running: Running, gateway: Gateway, token: string, phone: DemoPhone, dir: string): Promise<readonly string[]> => {
  const { sink } = running;
  const startedAt = Date.now();
  const id = await sendFirst(gateway, token);
  const shown = await within(dir, 'the message at the phone', phone.nextText());
  await within(dir, "the chat server's word for the reply", phone.send(digitsOf(business), reply));
  const expected = [isStatus(id, 'sent'), isStatus(id, 'delivered'), isReply(customer, reply, startedAt)];
  const callbacks = await within(dir, 'the callbacks', Promise.all(expected.map((fits) => sink.waitFor(fits))));
  return [
    `  business sent     ${greeting}`,
    `  phone decrypted   ${shown}`,
    `  phone replied     ${reply}`,
    '  callbacks that the business received:',
    ...[...new Set(callbacks)].map(({ rawBody }) => `    ${rawBody}`),
  ];
};

const howToGoOn = ({ cluster }: Running, token: string, user: string, password: string, dir: string): readonly string[] => {
  const url = cluster.webappUrl.replace('127.0.0.1', 'localhost');
  const message = JSON.stringify({ to: customer, type: 'text', text: { body: 'Hello again' } });
  return [
    'Multiconnect is up.',
    '',
    `  API        ${url} (self-signed certificate)`,
    `  user       ${user}`,
    `  password   ${password}`,
    `  callbacks  ${join(dir, 'logs', 'callbacks.jsonl')}`,
    '',
    'Send a message:',
    `  curl -k ${url}/v1/messages -H 'authorization: Bearer ${token}' -H 'content-type: application/json' -d '${message}'`,
    '',
    'Chat as the phone, in another terminal:',
    `  npm run phone -- --number +${customer}`,
    '',
  ];
};

/** The first run, through the same API that a business uses: password, number, a phone, a message each way. */
export const introduceWith =
  (openDemoPhone: OpenDemoPhone): Introduce =>
  async (running, known, progress, dir): Promise<Introduction> => {
    const gateway = createGateway(running.cluster.webappUrl);
    const { token, credentials } = await timed(progress, 'logged in', () =>
      loginAsAdmin(gateway, known, (fresh) => writeCredentials(dir, fresh)),
    );
    await timed(progress, `business number +${digitsOf(business)} registered, ${shards} shards`, () =>
      registerNumber(gateway, token, running.cluster, business, shards),
    );
    await gateway.call(token, 'PATCH', '/v1/settings/application', { webhooks: { url: running.sink.url }, sent_status: true });
    const phone = await timed(progress, `phone +${customer} signed up and online`, () => openDemoPhone(running, customer, dir));
    try {
      const conversation = await timed(progress, 'first conversation', () => converse(running, gateway, token, phone, dir));
      return {
        credentials,
        businessNumber: `+${digitsOf(business)}`,
        lines: ['', ...conversation, '', ...howToGoOn(running, token, credentials.user, credentials.password, dir)],
      };
    } finally {
      await phone.close();
    }
  };
