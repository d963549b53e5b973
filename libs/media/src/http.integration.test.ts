import { randomBytes } from 'node:crypto';
import type { LookupAddress } from 'node:dns';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LookupFunction } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { createFakeClock, systemClock } from '@multiconnect/clock';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FetchFailed, LinkRefused, MediaTooLarge } from './errors.ts';
import { createMediaHttp, type HttpFile, type MediaHttp, type MediaHttpOptions } from './http.ts';
import { startWebServer, type WebServer } from './testing/web-server.ts';

const file = randomBytes(300_000);
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let server: WebServer;
const clients: MediaHttp[] = [];

beforeAll(async () => {
  server = await startWebServer((request, response) => answer(request, response));
});
afterAll(() => server.close());
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

const client = (options: Partial<MediaHttpOptions> = {}) => {
  const http = createMediaHttp({ clock: systemClock, ...options });
  clients.push(http);
  return http;
};

/** A resolver that answers what the test says. */
const resolving = (...addresses: readonly string[]): LookupFunction => {
  const found: LookupAddress[] = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  return (_name, _options, callback) => callback(null, found);
};

const take = (http: MediaHttp, url: string, maxBytes = 1_000_000) => http.get(url, { maxBytes }, ({ body }: HttpFile) => buffer(body));

describe('a link', () => {
  it.each([
    ...['http://127.0.0.1:{port}/', 'http://127.1:{port}/', 'http://2130706433:{port}/', 'http://0x7f.0.0.1:{port}/', 'http://0177.0.0.1:{port}/'],
    ...['http://0.0.0.0:{port}/', 'http://[::1]:{port}/', 'http://[::]:{port}/', 'http://[::ffff:127.0.0.1]:{port}/', 'http://[0:0:0:0:0:ffff:7f00:1]:{port}/'],
    ...['http://localhost:{port}/', 'http://LOCALHOST.:{port}/', 'http://10.0.0.1/', 'http://169.254.169.254/latest/meta-data', 'http://192.168.0.1/', 'http://[fe80::1]/', 'http://[fc00::1]/', 'https://127.0.0.1:{port}/'],
  ])('to %s is refused, and nobody connects', async (url) => {
    const before = server.connections;
    await expect(take(client(), url.replace('{port}', String(server.port)))).rejects.toThrow(/address-not-public|unresolved/);
    expect(server.connections).toBe(before);
  });

  it.each([
    [['127.0.0.1']],
    [['8.8.8.8', '127.0.0.1']],
    [['127.0.0.1', '8.8.8.8']],
    [['::1']],
    [['::ffff:127.0.0.1']],
    [['0.0.0.0']],
    [['10.1.2.3']],
    [['169.254.169.254']],
    [['fd00::1', '2606:4700::1111']],
  ])('whose name leads to %j is refused, and nobody connects [send.media.private_link]', async (addresses) => {
    const before = server.connections;
    for (const scheme of ['http', 'https']) {
      await expect(take(client({ lookup: resolving(...addresses) }), `${scheme}://files.example:${server.port}/x`)).rejects.toThrow(LinkRefused);
    }
    expect(server.connections).toBe(before);
  });

  it('is refused when the name answers differently the second time', async () => {
    let calls = 0;
    const lookup: LookupFunction = (_name, _options, callback) => callback(null, [{ address: (calls += 1) === 1 ? '127.0.0.1' : '8.8.8.8', family: 4 }]);
    await expect(take(client({ lookup }), `http://files.example:${server.port}/`)).rejects.toThrow(LinkRefused);
    expect(calls).toBe(1);
  });

  it.each(['file:///etc/passwd', 'ftp://files.example/', 'gopher://x/', 'data:text/plain,x', 'http://user:secret@files.example/', 'files.example/x', '', 'http://', 'javascript:0'])(
    '%s is none',
    async (url) => {
      await expect(take(client(), url)).rejects.toThrow(new LinkRefused('bad-url'));
    },
  );

  it('reaches private addresses where the operator allows them, all or one origin', async () => {
    answer = (_request, response) => response.setHeader('Content-Type', 'image/jpeg').end(file);
    expect(await take(client({ privateDestinations: 'all' }), server.origin)).toEqual(file);
    expect(await take(client({ trustedOrigins: [`${server.origin}/`] }), `${server.origin}/upload/x`)).toEqual(file);
    await expect(take(client({ trustedOrigins: ['http://127.0.0.1:1'] }), server.origin)).rejects.toThrow(LinkRefused);
  });
});

describe('fetching', () => {
  const allowed = { privateDestinations: 'all' } as const;

  it('hands over the type, and sends the provider’s credentials [send.media.provider.bearer] [send.media.provider.basic]', async () => {
    let seen: IncomingMessage['headers'] = {};
    answer = (request, response) => {
      seen = request.headers;
      response.setHeader('Content-Type', 'image/png; x=y').end(file);
    };
    const given = { maxBytes: file.length, authorization: 'Bearer tok' };
    const type = await client(allowed).get(server.origin, given, async ({ contentType, sizeBytes, body }) => {
      expect([sizeBytes, (await buffer(body)).length]).toEqual([file.length, file.length]);
      return contentType;
    });
    expect([type, seen.authorization, seen['accept-encoding']]).toEqual(['image/png; x=y', 'Bearer tok', 'identity']);
  });

  it('follows no redirect', async () => {
    const asked: (string | undefined)[] = [];
    answer = (request, response) => {
      asked.push(request.url);
      response.writeHead(302, { Location: `${server.origin}/elsewhere` }).end();
    };
    await expect(take(client(allowed), `${server.origin}/first`)).rejects.toThrow(new FetchFailed('http-302'));
    expect(asked).toEqual(['/first']);
  });

  it.each([204, 206, 401, 404, 500])('takes no answer with status %i', async (status) => {
    answer = (_request, response) => response.writeHead(status).end();
    await expect(take(client(allowed), server.origin)).rejects.toThrow(new FetchFailed(`http-${status}`));
  });

  it('stops at the limit, announced or not', async () => {
    answer = (_request, response) => response.end(file);
    await expect(take(client(allowed), server.origin, file.length - 1)).rejects.toThrow(MediaTooLarge);
  });

  it('takes nothing that is compressed', async () => {
    answer = (_request, response) => response.setHeader('Content-Encoding', 'gzip').end(file);
    await expect(take(client(allowed), server.origin)).rejects.toThrow(new FetchFailed('content-encoding'));
  });

  it('reports a file that breaks off', async () => {
    answer = (_request, response) => {
      response.setHeader('Content-Length', file.length).write(file.subarray(0, 1000), () => response.destroy());
    };
    await expect(take(client(allowed), server.origin)).rejects.toThrow(new FetchFailed('reset'));
  });

  it('gives up a file that never ends', async () => {
    const clock = createFakeClock();
    answer = (_request, response) => void response.write('x');
    const http = client({ ...allowed, clock, totalTimeoutMs: 1000 });
    const taken = http.get(server.origin, { maxBytes: 10 }, async ({ body }) => {
      for await (const chunk of body) await clock.advance(chunk.length * 1000);
    });
    await expect(taken).rejects.toThrow(new FetchFailed('timeout'));
  });

  it('gives up a server that is silent', async () => {
    answer = () => undefined;
    await expect(take(client({ ...allowed, idleTimeoutMs: 50 }), server.origin)).rejects.toThrow(new FetchFailed('timeout'));
  });

  it('reports whom it cannot reach, without the address', async () => {
    await expect(take(client(allowed), 'http://127.0.0.1:1/secret')).rejects.toThrow(new FetchFailed('refused'));
    const lookup: LookupFunction = (_name, _options, callback) => callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), [], 0);
    await expect(take(client({ lookup }), 'http://files.example/')).rejects.toThrow(new FetchFailed('unresolved'));
  });

  it('ends with whoever asked', async () => {
    answer = (_request, response) => void response.write('x');
    const stop = new AbortController();
    const taken = client(allowed).get(server.origin, { maxBytes: 10, signal: stop.signal }, async ({ body }) => {
      for await (const _ of body) stop.abort();
    });
    await expect(taken).rejects.toThrow(new FetchFailed('aborted'));
  });
});
