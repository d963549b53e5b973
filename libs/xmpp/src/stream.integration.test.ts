import { afterEach, describe, expect, it } from 'vitest';
import { NotAuthorized, xml } from './index.ts';
import type { Client } from './testing/accounts.ts';
import { connect, directTls, message, newAccount, starttls } from './testing/accounts.ts';

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
});
