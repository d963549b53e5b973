import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { GatewayRefused, type ReceivedCallback } from '@multiconnect/local';
import { memoryStorage, type MessageStatus, openPhone, type PhoneOptions, type ShownMessage, signUpPhones } from '@multiconnect/phone';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Business, openBusiness } from './support/business.ts';
import { isStatus, isTextFrom, statusesByMessage } from './support/callbacks.ts';
import { parsedLines } from './support/logs.ts';
import { networkOf } from './support/network.ts';
import { freshNumber } from './support/numbers.ts';
import { ownerOf } from './support/ownership.ts';

// What a back end sees of a running cluster, with a phone at the other end.

const customer = freshNumber();
const nobody = freshNumber();

type Phone = Awaited<ReturnType<typeof openPhone>>;

let business: Business;
let phone: Phone;
let answer: (callback: ReceivedCallback) => number = () => 200;
const shown: ShownMessage[] = [];
const statuses: MessageStatus[] = [];

const call = async (method: string, path: string, body?: object) => (await business.gateway.call(business.token, method, path, body)).body;
const refusalOf = (method: string, path: string, body?: object) =>
  call(method, path, body).then(
    () => expect.fail('not refused'),
    (error: unknown) => (error instanceof GatewayRefused ? [error.status, error.code] : Promise.reject(error as Error)),
  );
const post = async (message: object) => {
  const { messages } = (await call('POST', '/v1/messages', { to: customer, ...message })) as { messages: [{ id: string }] };
  return messages[0].id;
};
const untilShown = (id: string) => expect.poll(() => shown.find((message) => message.id === id), { timeout: 30_000 }).toBeDefined();
const bodyOf = (callback: ReceivedCallback) => callback.body as Record<string, [Record<string, unknown>]>;
const statusOf = async (id: string, status: string) => bodyOf(await business.sink.waitFor(isStatus(id, status)));

async function openCustomer(number: string, options: Pick<PhoneOptions, 'onMessage' | 'onStatus' | 'receipts'>): Promise<Phone> {
  const operatorToken = readFileSync(business.cluster.secrets.operatorTokenFile, 'utf8').trim();
  const [account] = await signUpPhones({ registryUrl: business.cluster.registryUrl, operatorToken, numbers: [number] });
  if (account === undefined) throw new Error('no phone was signed up');
  return openPhone({ ...account, ...networkOf(business.cluster), storage: memoryStorage(), ...options });
}

beforeAll(async () => {
  business = await openBusiness({ coreapps: 2, shards: 1, answer: (callback) => answer(callback) });
  phone = await openCustomer(customer, { onMessage: (message) => void shown.push(message), onStatus: (status) => void statuses.push(status) });
});
afterAll(async () => {
  await phone.close();
  await business.close();
});

describe('contacts', () => {
  const check = async (contacts: readonly string[], more: object = {}) => ((await call('POST', '/v1/contacts', { contacts, ...more })) as { contacts: object[] }).contacts;

  it('are found in any format, and nobody where nobody is [contacts.check] [contacts.check.contacts] [contacts.check.input] [contacts.check.blocking.wait] [contacts.check.status.valid] [contacts.check.status.invalid] [contacts.check.wa_id]', async () => {
    const pretty = `+1 (${customer.slice(1, 4)}) ${customer.slice(4, 7)}-${customer.slice(7)}`;
    expect(await check([pretty, `+${nobody}`, customer], { blocking: 'wait' })).toEqual([
      { input: pretty, status: 'valid', wa_id: customer },
      { input: `+${nobody}`, status: 'invalid' },
      { input: customer, status: 'valid', wa_id: customer },
    ]);
  });

  it('that are businesses are none [contacts.check.business] [faq.no_business_recipients]', async () => {
    expect(await check([`+${business.number}`], { blocking: 'wait' })).toEqual([{ input: `+${business.number}`, status: 'invalid' }]);
  });

  it('are processing until they are known [contacts.check.blocking.no_wait] [contacts.check.status.processing]', async () => {
    const input = `+${freshNumber()}`;
    expect(await check([input])).toEqual([{ input, status: 'processing' }]);
    await expect.poll(() => check([input])).toEqual([{ input, status: 'invalid' }]);
  });
});

describe('a text', () => {
  it.each([
    ['beside the text', 'send.text.preview_url', 'beside', { preview_url: true, text: { body: 'See https://example.com beside' } }],
    ['inside the text', 'send.text.preview_url.inside', 'inside', { text: { body: 'See https://example.com inside', preview_url: true } }],
  ])('with its preview %s is shown [%s] [send.text] [contradiction.6]', async (_place, _row, word, message) => {
    const id = await post(message);
    await untilShown(id);
    expect(shown.find((one) => one.id === id)).toMatchObject({ text: `See https://example.com ${word}`, fromNumber: business.number });
  });

  it('without a type, to an unchecked number with a +, is shown [send.type] [send.to.plus] [contacts.check.not_required] [faq.unchecked_contact]', async () => {
    const id = await post({ to: `+${customer}`, text: { body: 'unchecked' } });
    await untilShown(id);
  });

  it('of 4096 characters is shown whole [send.text.body]', async () => {
    const body = '😀é'.repeat(2048);
    const id = await post({ type: 'text', text: { body } });
    await untilShown(id);
    expect(shown.find((one) => one.id === id)?.text).toBe(body);
  });

  it('comes back as statuses with its own data, and nothing around them [callback.status.id] [callback.status.recipient_id] [callback.status.timestamp] [callback.status.sent] [callback.status.delivered] [callback.status.read] [callback.status.biz_opaque_callback_data] [send.biz_opaque_callback_data] [callback.delivery.no_envelope] [callback.delivery.post] [faq.delivered_then_next]', async () => {
    const id = await post({ type: 'text', text: { body: 'tracked' }, biz_opaque_callback_data: 'order 7' });
    await untilShown(id);
    phone.markRead(id);
    for (const status of ['sent', 'delivered', 'read']) {
      const body = await statusOf(id, status);
      expect(Object.keys(body)).toEqual(['statuses']);
      expect(body['statuses']).toMatchObject([
        { id, recipient_id: customer, status, timestamp: expect.stringMatching(/^[0-9]{10}$/) as string, biz_opaque_callback_data: 'order 7' },
      ]);
    }
  });

  it('to nobody fails with its error [callback.status.failed] [error.1013]', async () => {
    const id = await post({ to: nobody, type: 'text', text: { body: 'to nobody' } });
    expect((await statusOf(id, 'failed'))['statuses']).toMatchObject([
      { id, recipient_id: nobody, status: 'failed', errors: [{ code: 1013, title: 'User is not valid', details: 'The recipient is not on the network' }] },
    ]);
  });
});

describe('a message from a customer', () => {
  it('is called back with who wrote it, and its read marker reaches the phone [callback.text.body] [callback.message.from] [callback.message.id] [callback.message.timestamp] [callback.message.contacts.profile] [callback.message.contacts.wa_id] [messages.mark_read] [messages.mark_read.phone]', async () => {
    const sentId = await phone.send(business.number, 'Hello <business>');
    const body = bodyOf(await business.sink.waitFor(isTextFrom(customer, 'Hello <business>')));
    expect(body).toEqual({
      contacts: [{ profile: { name: expect.any(String) as string }, wa_id: customer }],
      messages: [
        {
          from: customer,
          id: expect.stringMatching(/^ABGG[\w-]{23}$/) as string,
          timestamp: expect.stringMatching(/^[0-9]{10}$/) as string,
          type: 'text',
          text: { body: 'Hello <business>' },
        },
      ],
    });
    const id = body['messages']?.[0]['id'] as string;
    expect(statuses).not.toContainEqual(expect.objectContaining({ id: sentId, status: 'read' }));
    await call('PUT', `/v1/messages/${id}`, { status: 'read' });
    await expect.poll(() => statuses, { timeout: 30_000 }).toContainEqual(expect.objectContaining({ id: sentId, status: 'read' }));
  });

  it('that is unknown cannot be marked [messages.mark_read.unknown] [error.1006]', async () => {
    expect(await refusalOf('PUT', '/v1/messages/ABGGunknown', { status: 'read' })).toEqual([404, 1006]);
  });
});

describe('settings', () => {
  it('take effect at once in the running cluster [settings.patch.live] [settings.webhooks.message.delivered] [settings.webhooks.message.sent] [settings.sent_status]', async () => {
    await call('PATCH', '/v1/settings/application', { sent_status: false, webhooks: { message: { delivered: false } } });
    const quiet = await post({ type: 'text', text: { body: 'quiet' } });
    await untilShown(quiet);
    phone.markRead(quiet);
    await statusOf(quiet, 'read');
    expect(statusesByMessage(business.sink.callbacks).get(quiet)).toEqual(['read']);
    await call('PATCH', '/v1/settings/application', { webhooks: { message: { sent: true, delivered: true } } });
    const loud = await post({ type: 'text', text: { body: 'loud' } });
    await statusOf(loud, 'sent');
    await statusOf(loud, 'delivered');
  });
});

describe('logs', () => {
  it('say more when a setting asks for it, and less again, without a restart [settings.verbose_logging] [settings.log_level]', async () => {
    const debugLines = () => parsedLines(business.cluster).filter(({ process, level }) => process === 'coreapp' && level === 'debug').length;
    expect(debugLines()).toBe(0);
    await call('PATCH', '/v1/settings/application', { verbose_logging: true });
    const isTold = async () => {
      await untilShown(await post({ type: 'text', text: { body: 'spoken of' } }));
      return debugLines();
    };
    await expect.poll(isTold, { timeout: 30_000, interval: 500 }).toBeGreaterThan(0);
    await call('PATCH', '/v1/settings/application', { verbose_logging: false });
  });
});

describe('callbacks', () => {
  const attemptsOf = (id: string) => business.sink.callbacks.filter(isStatus(id, 'delivered'));

  it('behind a failed one wait until it is answered 200, under the same id, though their coreapp is killed meanwhile [callback.delivery.only_200] [callback.delivery.head_of_line] [callback.delivery.persist] [callback.delivery.at_least_once] [callback.delivery.from_coreapp] [faq.callbacks_from_coreapp] [settings.callback_persist]', async () => {
    // By its mark: a callback may come before the answer with the id.
    const mark = 'not taken at first';
    answer = ({ rawBody }) => (rawBody.includes(mark) && rawBody.includes('delivered') ? 204 : 200);
    const first = await post({ type: 'text', text: { body: 'first' }, biz_opaque_callback_data: mark });
    await expect.poll(() => attemptsOf(first).length, { timeout: 30_000 }).toBeGreaterThan(2);
    const second = await post({ type: 'text', text: { body: 'second' } });
    await untilShown(second);
    const owner = await ownerOf(business.cluster, 0);
    await owner.kill('SIGKILL');
    const before = attemptsOf(first).length;
    await expect.poll(() => attemptsOf(first).length, { timeout: 60_000 }).toBeGreaterThan(before);
    expect(attemptsOf(second)).toEqual([]);
    answer = () => 200;
    await business.sink.waitFor(isStatus(second, 'delivered'));
    expect(new Set(attemptsOf(first).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    await owner.restart();
  });

  it('wait without a URL, and come when there is one [callback.delivery.no_url] [settings.webhooks.url] [settings.webhooks.url.clear]', async () => {
    await call('PATCH', '/v1/settings/application', { webhooks: { url: '' } });
    const id = await post({ type: 'text', text: { body: 'waiting' } });
    await untilShown(id);
    const next = await post({ type: 'text', text: { body: 'also waiting' } });
    await untilShown(next);
    expect(business.sink.callbacks.some(isStatus(id, 'delivered'))).toBe(false);
    await call('PATCH', '/v1/settings/application', { webhooks: { url: business.sink.url } });
    await statusOf(id, 'delivered');
  });
});

describe('the chat network', () => {
  /** Local addresses, in the kernel's hexadecimal, on which a process waits for connections. */
  const listeningAddresses = (pid: number) => {
    const links = readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`);
      } catch {
        return ''; // closed since it was listed
      }
    });
    const rows = ['tcp', 'tcp6'].flatMap((table) => readFileSync(`/proc/${pid}/net/${table}`, 'utf8').trim().split('\n').slice(1));
    return rows
      .map((row) => row.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) => state === '0A' && links.includes(`socket:[${inode ?? ''}]`))
      .map(([, local = '']) => local.split(':')[0]);
  };

  it('needs no way in: messages pass while coreapps listen to nobody but this machine [faq.outbound_only]', async () => {
    const loopback = '0100007F';
    for (const { pid } of business.cluster.coreapps) expect(new Set(listeningAddresses(pid ?? 0))).toEqual(new Set([loopback]));
    const id = await post({ type: 'text', text: { body: 'outbound only' } });
    await untilShown(id);
    const text = `back again ${id}`;
    await phone.send(business.number, text);
    await business.sink.waitFor(isTextFrom(customer, text));
  });

  it('does not tell who blocks the business: the contact stays valid, and delivered stays away [faq.blocked_unseen]', async () => {
    const blocker = freshNumber();
    const seen: string[] = [];
    const blocking = await openCustomer(blocker, { onMessage: ({ id }) => void seen.push(id) });
    try {
      const before = await post({ to: blocker, type: 'text', text: { body: 'seen' } });
      await statusOf(before, 'delivered');
      await blocking.block(business.number);
      const blocked = await post({ to: blocker, type: 'text', text: { body: 'blocked' } });
      await statusOf(blocked, 'sent');
      const answer = await call('POST', '/v1/contacts', { contacts: [`+${blocker}`], blocking: 'wait', force_check: true });
      expect(answer).toMatchObject({ contacts: [{ status: 'valid', wa_id: blocker }] });
      // What the server refused stands in the inbox before the next message's answer does.
      const next = await post({ to: blocker, type: 'text', text: { body: 'blocked too' } });
      await statusOf(next, 'sent');
      expect(seen).toEqual([before]);
      expect(statusesByMessage(business.sink.callbacks).get(blocked)).toEqual(['sent']);
    } finally {
      await blocking.close();
    }
  });
});

describe('health', () => {
  it('names every node with its role: the leader and owners are connected, spares and deputies are not [health.read] [health.single] [health.node_name] [health.role] [health.gateway_status.connected] [health.gateway_status.disconnected]', async () => {
    const read = async () => Object.entries(((await call('GET', '/v1/health')) as { health: Record<string, { role: string; gateway_status: string }> }).health);
    const counts = async () => (await read()).map(([, { role, gateway_status }]) => `${role} ${gateway_status}`).sort();
    await expect.poll(counts, { timeout: 30_000 }).toEqual(['coreapp connected', 'coreapp disconnected', 'primary_master connected', 'secondary_master disconnected']);
    for (const [name, node] of await read()) {
      expect(name).toMatch(/^[\w.-]+:[\w-]+$/);
      expect(Object.keys(node).sort()).toEqual(['gateway_status', 'role']);
    }
  });
});
