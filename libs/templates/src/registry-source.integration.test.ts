import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, createFakeClock, systemClock } from '@multiconnect/clock';
import { expect, it, onTestFinished } from 'vitest';
import { PacksUnavailable } from './pack-source.ts';
import { createRegistryPackSource } from './registry-source.ts';

const signal = new AbortController().signal;

async function registryThat(listener: RequestListener, clock: Clock = systemClock) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const source = createRegistryPackSource({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, timeoutMs: 1000, clock });
  onTestFinished(async () => {
    await source.close();
    server.closeAllConnections();
    server.close();
  });
  return source;
}

const answering = (status: number, body: unknown) =>
  registryThat((_, response) => void response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body)));

it.each([
  ['an error', 503, { error: { code: 'unavailable' } }],
  ['no JSON', 200, '<html>'],
  ['null', 200, null],
  ['another form', 200, { namespace: 7, language: 'de', version: 'one', templates: [] }],
])('fails on %s', async (_, status, body) => {
  const source = await answering(status, body);
  await expect(source.fetch('ns', 'de')).rejects.toThrow(PacksUnavailable);
  await expect(source.changes('ns', 0, signal)).rejects.toThrow(PacksUnavailable);
  await expect(source.namespaceOf('certificate')).rejects.toThrow(PacksUnavailable);
});

it('fails on a pack that was not asked for', async () => {
  const pack = { namespace: 'ns', language: 'de', version: 1, templates: [] };
  const source = await answering(200, pack);
  expect(await source.fetch('ns', 'de')).toEqual(pack);
  await expect(source.fetch('ns', 'en')).rejects.toThrow(PacksUnavailable);
  await expect(source.fetch('other', 'de')).rejects.toThrow(PacksUnavailable);
});

it('fails when the registry never answers', async () => {
  const clock = createFakeClock();
  const source = await registryThat(() => void clock.advance(1000), clock);
  await expect(source.fetch('ns', 'de')).rejects.toThrow('in time');
});

it('fails when there is no registry', async () => {
  const source = createRegistryPackSource({ url: 'http://127.0.0.1:9', timeoutMs: 1000, clock: systemClock });
  onTestFinished(() => source.close());
  await expect(source.fetch('ns', 'de')).rejects.toThrow('cannot be reached');
});

it('asks for no other path than a pack, whatever the namespace', async () => {
  let asked = '';
  const source = await registryThat((request, response) => {
    asked = request.url ?? '';
    response.writeHead(404).end();
  });
  expect(await source.fetch('../certificates?', 'de')).toBeUndefined();
  expect(asked).toBe('/v1/language-packs/..%2Fcertificates%3F/de');
});
