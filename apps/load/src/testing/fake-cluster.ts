import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { memoryStorage, openPhone, type Phone, type PhoneAccount } from '@multiconnect/phone';
import type { LoadTarget } from '../options.ts';

/** What is done wrong with the messages, by their number of acceptance from 0. */
export interface Misdeeds {
  readonly lose?: (index: number) => boolean;
  /** Encrypted and sent a second time. */
  readonly repeat?: (index: number) => boolean;
  /** Sent only after the next message has been. */
  readonly delay?: (index: number) => boolean;
  /** Answered with 503, and not sent. */
  readonly refuse?: (index: number) => boolean;
  /** Not called back as delivered. */
  readonly hush?: (index: number) => boolean;
}

export interface FakeCluster {
  readonly target: LoadTarget;
  readonly webhooks: object;
  close(): Promise<void>;
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run this test in vitest's integration project`);
  return value;
}

const network = () => ({
  routes: [{ host: required('TEST_XMPP_HOST'), port: Number(required('TEST_XMPP_PORT')), security: 'starttls' as const }],
  ca: readFileSync(required('TEST_XMPP_CA_FILE'), 'utf8'),
});

async function register(number: string): Promise<PhoneAccount> {
  const host = required('TEST_XMPP_DOMAIN');
  const password = randomUUID();
  const body = JSON.stringify({ user: `+${number}`, host, password });
  for (let attempt = 1; ; attempt++) {
    const answer = await fetch(`${required('TEST_EJABBERD_API_URL')}/register`, { method: 'POST', body });
    if (answer.ok || (attempt > 1 && answer.status === 409)) break;
    if (attempt === 5) throw new Error(`registration failed: ${answer.status}`);
  }
  return { number, jid: `+${number}@${host}`, password };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}');
}

const former = { url: 'http://127.0.0.1:9/former', message: { sent: false, delivered: true, read: false } };

/** The API and a registry in front of one real phone that stands for the business: the network is real, the cluster is not. */
export async function startFakeCluster(misdeeds: Misdeeds = {}): Promise<FakeCluster> {
  const gateway = new Gateway(misdeeds);
  const business: Phone = await openPhone({
    ...(await register(`1777${String(Math.floor(Math.random() * 1e9)).padStart(9, '0')}`)),
    ...network(),
    storage: memoryStorage(),
    preKeyCount: 20,
    onMessage: () => undefined,
    onStatus: ({ id, status }) => {
      if (status === 'delivered') gateway.delivered(id);
    },
  });
  gateway.business = business;
  const server = createServer((request, response) => {
    bodyOf(request)
      .then((body) => gateway.answer(`${request.method ?? ''} ${request.url ?? ''}`, body))
      .then(({ status, body }) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)))
      .catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    target: {
      ...network(),
      apiUrl: url,
      user: 'admin',
      password: 'secret',
      registryUrl: url,
      operatorToken: 'operator',
      processes: [{ name: 'webapp', pids: [process.pid] }],
    },
    get webhooks() {
      return gateway.webhooks;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await business.close();
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

class Gateway {
  business: Phone | undefined;
  webhooks: { url: string; message: object } = former;
  readonly #misdeeds: Misdeeds;
  readonly #ids = new Map<string, string>();
  /** Receipts that are here before the sending of their message has been heard of. */
  readonly #early = new Set<string>();
  readonly #hushed = new Set<string>();
  readonly #held = new Map<string, () => void>();
  #count = 0;

  constructor(misdeeds: Misdeeds) {
    this.#misdeeds = misdeeds;
  }

  async answer(route: string, body: unknown): Promise<Answer> {
    switch (route) {
      case 'POST /v1/users/login':
        return { status: 200, body: { users: [{ token: 'token' }] } };
      case 'GET /v1/settings/application':
        return { status: 200, body: { settings: { application: { webhooks: this.webhooks } } } };
      case 'PATCH /v1/settings/application':
        this.webhooks = (body as { webhooks: Gateway['webhooks'] }).webhooks;
        return { status: 200, body: {} };
      case 'POST /v1/phones':
        return { status: 201, body: { phones: await Promise.all((body as { numbers: string[] }).numbers.map(register)) } };
      case 'POST /v1/messages':
        return this.#post(body as { to: string; text: { body: string } });
      default:
        return { status: 404, body: {} };
    }
  }

  delivered(stanzaId: string): void {
    const id = this.#ids.get(stanzaId);
    if (id === undefined) this.#early.add(stanzaId);
    else if (!this.#hushed.has(id)) void this.#callBack(id, 'delivered');
  }

  #post({ to, text }: { to: string; text: { body: string } }): Answer {
    const index = this.#count++;
    const id = `message-${index}`;
    if (this.#misdeeds.refuse?.(index) === true) return { status: 503, body: { errors: [{ code: 1016 }] } };
    if (this.#misdeeds.hush?.(index) === true) this.#hushed.add(id);
    if (this.#misdeeds.lose?.(index) !== true) this.#send(index, id, to, text.body);
    return { status: 201, body: { messages: [{ id }] } };
  }

  #send(index: number, id: string, to: string, text: string): void {
    const go = () => void this.#sendNow(index, id, to, text);
    if (this.#misdeeds.delay?.(index) === true) {
      this.#held.set(to, go);
      return;
    }
    go();
    this.#held.get(to)?.();
    this.#held.delete(to);
  }

  async #sendNow(index: number, id: string, to: string, text: string): Promise<void> {
    const times = this.#misdeeds.repeat?.(index) === true ? 2 : 1;
    for (let time = 0; time < times; time++) {
      const stanzaId = (await this.business?.send(to, text)) ?? '';
      this.#ids.set(stanzaId, id);
      if (time === 0) await this.#callBack(id, 'sent');
      if (this.#early.delete(stanzaId)) this.delivered(stanzaId);
    }
  }

  async #callBack(id: string, status: string): Promise<void> {
    await fetch(this.webhooks.url, { method: 'POST', body: JSON.stringify({ statuses: [{ id, status }] }) });
  }
}
