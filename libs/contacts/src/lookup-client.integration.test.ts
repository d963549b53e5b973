import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createFakeClock, systemClock, type Clock } from '@multiconnect/clock';
import { expect, it, onTestFinished } from 'vitest';
import { createRegistryLookup, LookupFailed } from './lookup-client.ts';

async function registryThat(listener: RequestListener, clock: Clock = systemClock) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = createRegistryLookup({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, timeoutMs: 1000, clock });
  onTestFinished(async () => {
    await client.close();
    server.closeAllConnections();
    server.close();
  });
  return client;
}

const answering = (status: number, body: unknown) =>
  registryThat((request, response) => {
    request.resume();
    response.writeHead(status, { 'content-type': 'application/json' }).end(typeof body === 'string' ? body : JSON.stringify(body));
  });

it('posts the numbers and answers in their order', async () => {
  let seen = '';
  const client = await registryThat((request, response) => {
    request.on('data', (chunk: Buffer) => (seen += `${request.method ?? ''} ${request.url ?? ''} ${chunk.toString()}`));
    request.on('end', () => {
      response.end(JSON.stringify({ contacts: [{ number: '2', status: 'valid', jid: '+2@chat', language: 'pt_BR' }, { number: '1', status: 'invalid' }] }));
    });
  });
  expect(await client.lookup(['1', '2'])).toEqual([
    { waId: '1', status: 'invalid' },
    { waId: '2', status: 'valid', chatJid: '+2@chat', language: 'pt_BR' },
  ]);
  expect(seen).toBe('POST /v1/lookups {"numbers":["1","2"]}');
});

it.each([
  ['an error', 503, { error: { code: 'unavailable' } }],
  ['no JSON', 200, '<html>'],
  ['null', 200, null],
  ['another form', 200, { contacts: [{ number: '1', status: 'perhaps' }] }],
  ['a language that is no text', 200, { contacts: [{ number: '1', status: 'valid', jid: '+1@chat', language: 7 }] }],
  ['valid without an address', 200, { contacts: [{ number: '1', status: 'valid' }] }],
  ['a number left out', 200, { contacts: [] }],
])('fails on %s', async (_, status, body) => {
  await expect((await answering(status, body)).lookup(['1'])).rejects.toThrow(LookupFailed);
});

it('fails when the registry never answers', async () => {
  const clock = createFakeClock();
  const client = await registryThat(() => void clock.advance(1000), clock);
  await expect(client.lookup(['1'])).rejects.toThrow('in time');
});

it('fails when there is no registry', async () => {
  const client = createRegistryLookup({ url: 'http://127.0.0.1:9', timeoutMs: 1000, clock: systemClock });
  onTestFinished(() => client.close());
  await expect(client.lookup(['1'])).rejects.toThrow('cannot be reached');
});
