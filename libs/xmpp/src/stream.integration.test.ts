import { afterEach, describe, expect, it } from 'vitest';
import { IqError, NotAuthorized, delayMicros, delayStamp, maintainStream, xml } from './index.ts';
import type { Account } from './index.ts';
import { negotiate } from './negotiate.ts';
import type { Client } from './testing/accounts.ts';
import { ca, connect, defaults, directTls, domain, message, newAccount, starttls } from './testing/accounts.ts';

const clients: Client[] = [];
afterEach(() => clients.splice(0).forEach(({ stream }) => stream.abort()));

async function online(...given: Parameters<typeof connect>): Promise<Client> {
  const client = await connect(...given);
  clients.push(client);
  return client;
}

const ids = (client: Client) => client.received.filter(({ name }) => name === 'message').map(({ attrs }) => String(attrs['id']));
const numbered = (count: number, prefix = 'm') => Array.from({ length: count }, (_, index) => `${prefix}${index}`);

describe('a stream to a real server', () => {
  it.each([starttls, directTls])('logs in by $security', async (route) => {
    const account = await newAccount();
    const { stream } = await online(account, { routes: [route], resource: 'shard-3' });
    expect(stream.jid).toBe(`${account.jid}/shard-3`);
    await stream.close();
    expect(await stream.closed).toEqual({ kind: 'requested' });
  });

  it('takes the next route when one does not answer', async () => {
    const { stream } = await online(await newAccount(), { routes: [{ host: '127.0.0.1', port: 1, security: 'starttls' }, directTls] });
    expect(stream.jid).toContain('@');
  });

  it('reports a wrong password as NotAuthorized', async () => {
    const account = await newAccount();
    await expect(connect({ ...account, password: 'wrong' })).rejects.toThrow(NotAuthorized);
  });

  it('reports a certificate that is not trusted', async () => {
    await expect(connect(await newAccount(), { ca: undefined as never })).rejects.toThrow(/self-signed|certificate/i);
  });

  it('delivers messages, and receipts in return', async () => {
    const [alice, bob] = await Promise.all([online(await newAccount()), newAccount().then((account) => online(account))]);
    const sent = numbered(20);
    sent.forEach((id) => alice.stream.send(message(bob.stream.jid, id), id));
    await bob.until(() => ids(bob).length === sent.length);
    expect(ids(bob)).toEqual(sent);
    for (const { attrs } of bob.received) {
      bob.stream.send(xml('message', { to: String(attrs['from']) }, xml('received', { xmlns: 'urn:xmpp:receipts', id: String(attrs['id']) })));
    }
    await alice.until(() => alice.received.length === sent.length);
    const receipts = alice.received.map((stanza) => String(stanza.getChild('received', 'urn:xmpp:receipts')?.attrs['id']));
    expect(receipts).toEqual(sent);
    await alice.until(() => alice.acknowledged.length === sent.length);
    expect(alice.acknowledged).toEqual(sent);
    expect(alice.stream.unacknowledged()).toEqual([]);
  });

  it('loses none of 2,000 messages in both directions, and keeps their order', async () => {
    const [alice, bob] = await Promise.all([online(await newAccount()), online(await newAccount(), { maxUnhandledStanzas: 20 })]);
    const sent = numbered(2_000);
    for (const id of sent) {
      alice.stream.send(message(bob.stream.jid, id), id);
      bob.stream.send(message(alice.stream.jid, id), id);
    }
    const done = ({ received, acknowledged }: Client) => received.length === sent.length && acknowledged.length === sent.length;
    await Promise.all([alice.until(() => done(alice)), bob.until(() => done(bob))]);
    for (const client of [alice, bob]) {
      expect(ids(client)).toEqual(sent);
      expect(client.acknowledged).toEqual(sent);
    }
  });

  it('answers requests of the account and of others', async () => {
    const [alice, bob] = await Promise.all([
      online(await newAccount()),
      online(await newAccount(), { onIqRequest: (stanza) => xml('query', { xmlns: String(stanza.getChildElements()[0]?.getNS()), answered: 'yes' }) }),
    ]);
    const features = await alice.stream.request({ type: 'get', to: domain, payload: xml('query', { xmlns: 'http://jabber.org/protocol/disco#info' }) });
    expect(features.getChildren('feature').length).toBeGreaterThan(0);
    const answer = await alice.stream.request({ type: 'get', to: bob.stream.jid, payload: xml('query', { xmlns: 'urn:example:q' }) });
    expect(answer.attrs['answered']).toBe('yes');
    await expect(alice.stream.request({ type: 'get', to: `nobody@${domain}/x`, payload: xml('query', { xmlns: 'urn:x' }) })).rejects.toThrow(IqError);
  });
});

describe('several connections of one number', () => {
  it('what is sent to the number reaches the control connection at priority 0, never a shard at -1', async () => {
    const number = await newAccount();
    const [control, shard, customer] = await Promise.all([
      online(number, { resource: 'control' }),
      online(number, { resource: 'shard-1' }),
      online(await newAccount()),
    ]);
    control.stream.presence(0);
    shard.stream.presence(-1);
    // The server has taken in the priorities once it has answered what was sent after them.
    const server = { type: 'get', to: domain, payload: xml('ping', { xmlns: 'urn:xmpp:ping' }) } as const;
    await Promise.all([control.stream.request(server), shard.stream.request(server)]);
    const sent = numbered(10);
    sent.forEach((id) => customer.stream.send(message(number.jid, id), id));
    customer.stream.send(message(shard.stream.jid, 'direct'), 'direct');
    await control.until(() => ids(control).length === sent.length);
    await shard.until(() => ids(shard).length > 0);
    expect(ids(control)).toEqual(sent);
    expect(ids(shard)).toEqual(['direct']);
  });

  it('one below priority 0 empties offline storage, and takes nothing from the one that receives, in order', async () => {
    const number = await newAccount();
    const customer = await online(await newAccount());
    const collector = await online(number, { resource: 'collector' });
    const server = { type: 'get', to: domain, payload: xml('ping', { xmlns: 'urn:xmpp:ping' }) } as const;
    const kept = numbered(5, 'kept');
    kept.forEach((id) => customer.stream.send(message(number.jid, id), id));
    await customer.until(() => customer.acknowledged.length === kept.length);
    collector.stream.presence(-1);
    while (ids(collector).length < kept.length) {
      collector.stream.collectOffline();
      await collector.stream.request(server);
    }
    expect(ids(collector).toSorted()).toEqual(kept);

    const control = await online(number, { resource: 'control' });
    control.stream.presence(1);
    await control.stream.request(server);
    const sent = numbered(2_000);
    for (const [index, id] of sent.entries()) {
      customer.stream.send(message(number.jid, id), id);
      if (index % 10 !== 0) continue;
      collector.stream.collectOffline();
      await collector.stream.request(server);
    }
    await control.until(() => ids(control).length === sent.length);
    expect(ids(control)).toEqual(sent);
    expect(ids(collector)).toHaveLength(kept.length);
  });

  it('with the same resource: the older one ends with a conflict, and does not come back', async () => {
    const number = await newAccount();
    const log: string[] = [];
    const gaveUp = Promise.withResolvers<undefined>();
    const cameOnline = Promise.withResolvers<undefined>();
    const older = maintainStream({
      account: number,
      routes: [starttls],
      ca,
      resource: 'control',
      ...defaults,
      backoff: { initialMs: 1, maxMs: 1 },
      onStanza: () => undefined,
      onOnline: () => cameOnline.resolve(undefined),
      onOffline: ({ kind }) => log.push(`offline ${kind}`),
      onGaveUp: ({ kind }) => {
        log.push(`gave up ${kind}`);
        gaveUp.resolve(undefined);
      },
    });
    await cameOnline.promise;
    const newer = await online(number, { resource: 'control' });
    await gaveUp.promise;
    await newer.stream.request({ type: 'get', payload: xml('ping', { xmlns: 'urn:xmpp:ping' }), to: domain });
    expect(log).toEqual(['offline conflict', 'gave up conflict']);
    expect(older.state).toBe('conflict');
    expect(newer.closed).toEqual([]);
  });
});

describe('stanzas that were not handled', () => {
  const never = () => new Promise<void>(() => undefined);

  /** Some may still be on their way into offline storage when the first presence empties it. */
  async function collect(client: Client, count: number): Promise<void> {
    while (ids(client).length < count) {
      client.stream.collectOffline();
      await client.stream.request({ type: 'get', to: domain, payload: xml('ping', { xmlns: 'urn:xmpp:ping' }) });
    }
  }

  async function lose(end: (owner: Client, number: Account) => Promise<Client>) {
    const number = await newAccount();
    const owner = await online(number, { resource: 'control', onStanza: never });
    owner.stream.presence(0);
    await owner.until(() => owner.received.some(({ name }) => name === 'presence'));
    const customer = await online(await newAccount());
    const sent = numbered(20);
    sent.forEach((id) => customer.stream.send(message(number.jid, id), id));
    await owner.until(() => ids(owner).length === sent.length);
    const before = BigInt(Date.now()) * 1000n;
    const next = await end(owner, number);
    await collect(next, sent.length);
    const messages = next.received.filter(({ name }) => name === 'message');
    expect(ids(next).toSorted()).toEqual(sent.toSorted());
    return { messages, before, customer };
  }

  it('come to the next connection after this one was killed, with a delay stamp in microseconds', async () => {
    const { messages, before, customer } = await lose(async (owner, number) => {
      owner.stream.abort();
      const next = await online(number, { resource: 'control' });
      next.stream.presence(0);
      return next;
    });
    for (const stanza of messages) {
      const micros = delayMicros(stanza) ?? 0n;
      expect(micros).toBeGreaterThan(before - 60_000_000n);
      expect(micros).toBeLessThan(before + 60_000_000n);
    }
    expect(String(messages[0]?.getChild('delay')?.attrs['stamp'])).toMatch(/\.\d{6}Z$/);
    expect(customer.received).toEqual([]);
  });

  it('come to the connection that replaces this one, whose own handlers never count them', async () => {
    const { messages, customer } = await lose(async (owner, number) => {
      const next = await online(number, { resource: 'control' });
      next.stream.presence(0);
      expect(await owner.stream.closed).toEqual({ kind: 'conflict' });
      return next;
    });
    expect(messages.every((stanza) => delayStamp(stanza) !== undefined)).toBe(true);
    expect(customer.received).toEqual([]);
  });

  it('come under the protection of acknowledgements to the connection that takes the resource over', async () => {
    const number = await newAccount();
    const owner = await online(number, { resource: 'shard-1', onStanza: never });
    const customer = await online(await newAccount());
    const sent = numbered(200);
    sent.forEach((id) => customer.stream.send(message(owner.stream.jid, id), id));
    await owner.until(() => ids(owner).length === sent.length);
    const next = await negotiate({ account: number, resource: 'shard-1', routes: [starttls], ca, connectTimeoutMs: 10_000 });
    next.connection.fail(new Error('the test is over'));
    expect(next.uncounted).toEqual([]);
  });

  it('come once more when a handler fails, and those before it do not', async () => {
    const number = await newAccount();
    const owner = await online(number, {
      resource: 'control',
      onStanza: (stanza) => (stanza.attrs['id'] === 'm3' ? Promise.reject(new Error('no database')) : undefined),
    });
    owner.stream.presence(0);
    await owner.until(() => owner.received.some(({ name }) => name === 'presence'));
    const customer = await online(await newAccount());
    const sent = numbered(5);
    sent.forEach((id) => customer.stream.send(message(number.jid, id), id));
    expect((await owner.stream.closed).kind).toBe('lost');
    const next = await online(number, { resource: 'control' });
    next.stream.presence(0);
    await collect(next, 2);
    expect(ids(next).toSorted()).toEqual(['m3', 'm4']);
  });
});
