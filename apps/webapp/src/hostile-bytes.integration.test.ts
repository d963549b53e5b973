import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TestWebapp } from './testing/webapp.ts';
import { startTestWebapp, userPassword } from './testing/webapp.ts';

let webapp: TestWebapp;
let token: string;

beforeAll(async () => {
  webapp = await startTestWebapp();
  token = await webapp.adminToken();
  await webapp.request('POST', '/v1/users', { token, json: { username: 'oper', password: userPassword } });
});
afterAll(() => webapp.close());
beforeEach(() => {
  webapp.lines.length = 0;
});

const json = 'application/json';
const send = (method: string, path: string, raw: string | Uint8Array, headers: Record<string, string> = {}) =>
  webapp.request(method, path, { token, raw, headers: { 'content-type': json, ...headers } });

const filesInVolume = async () => (await readdir(webapp.mediaDir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));

/** Refused with this status, and neither the database nor the volume has anything of it. */
async function refused(ask: () => Promise<{ readonly status: number }>, status: number | readonly number[]) {
  const before = [await webapp.stateDigest(), await filesInVolume()];
  const answer = await ask();
  expect([status].flat()).toContain(answer.status);
  expect([await webapp.stateDigest(), await filesInVolume()]).toEqual(before);
}

const message = (text: string) => `{"to":"16315551001","type":"text","text":${text}}`;
const flow = (data: string) =>
  `{"to":"16315551001","type":"interactive","interactive":{"type":"flow","body":{"text":"b"},"action":{"name":"flow","parameters":{"flow_message_version":"3","flow_token":"t","flow_id":"1","flow_cta":"go","flow_action":"navigate","flow_action_payload":{"screen":"s","data":${data}}}}}}`;
const nested = (levels: number, inner: string) => `${'{"a":'.repeat(levels)}${inner}${'}'.repeat(levels)}`;
const keys = (count: number) => `{${Array.from({ length: count }, (_, index) => `"k${index}":0`).join(',')}}`;

describe('JSON', () => {
  it.each([
    ['1,000 levels deep', message(nested(1_000, '1'))],
    ['1,000 levels deep where anything may stand', flow(nested(1_000, '1'))],
    ['100,000 levels deep where anything may stand', flow(nested(100_000, '1'))],
    ['100,000 arrays deep where anything may stand', flow(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)],
    ['a JSON text in JSON that is 100,000 levels deep', `{"to":"16315551001","type":"interactive","interactive":{"type":"button","body":{"text":"b"},"action":${JSON.stringify(nested(100_000, '1'))}}}`],
    ['with 50,000 keys', message(keys(50_000))],
    ['with 50,000 keys beside the documented ones', message('{"body":"x"}').replace('{', `{${keys(50_000).slice(1, -1)},`)],
    ['with U+0000 where anything may stand', flow('{"a":["\\u0000"]}')],
    ['with a lone surrogate in a text', message('{"body":"\\ud800"}')],
    ['with a lone surrogate where anything may stand', flow('{"a":{"b":"\\udfff"}}')],
    ['with a lone surrogate in a key', message('{"body":"x","\\ud800":1}')],
    ['with __proto__ where anything may stand', flow('{"__proto__":{"a":1}}')],
    ['with constructor and prototype', message('{"body":"x","constructor":{"prototype":{"a":1}}}')],
    ['with a number beyond all numbers', message('{"body":1e999999}')],
    ['that ends in the middle', '{"to":"16315551001","type":"te'],
    ['in UTF-16', Buffer.from(message('{"body":"x"}'), 'utf16le')],
    ['with a byte order mark', `\ufeff${message('{"body":"x"}')}`],
    ['in broken UTF-8', Buffer.concat([Buffer.from('{"to":"16315551001","text":{"body":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"},"x":1}')])],
  ])('%s is refused', async (_what, raw) => {
    await refused(() => send('POST', '/v1/messages', raw), 400);
  });

  it('a million levels deep is refused unread', async () => {
    await refused(() => send('POST', '/v1/messages', '['.repeat(1_000_000) + ']'.repeat(1_000_000)), 413);
    await refused(() => send('POST', '/v1/messages', message(`${'{"a":'.repeat(1_000_000)}1${'}'.repeat(1_000_000)}`)), 413);
  });

  it('with 100,000 keys is refused, as a setting and as a contact', async () => {
    await refused(() => send('PATCH', '/v1/settings/application', keys(100_000)), [400, 413]);
    await refused(() => send('POST', '/v1/contacts', `{"contacts":[${'"1",'.repeat(100_000)}"1"]}`), 400);
  });

  it('with a key twice counts the last one, and nothing of the first', async () => {
    const answer = await send('POST', '/v1/messages', '{"to":"16315550000","to":"16315551009","type":"text","text":{"body":"first"},"text":{"body":"last"}}');
    expect(answer.status).toBe(201);
    const { rows } = await webapp.pool.query<{ body: string }>(`SELECT body::text FROM message WHERE customer = '16315551009'`);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.body).not.toContain('first');
  });
});

describe('compressed bodies', () => {
  const bomb = gzipSync(Buffer.alloc(200_000_000, 0x20));

  it.each(['gzip', 'deflate', 'br', 'zstd', 'x-gzip, gzip'])('of %s are no JSON, and are never unpacked', async (encoding) => {
    await refused(() => send('POST', '/v1/messages', gzipSync(message('{"body":"x"}')), { 'content-encoding': encoding }), 400);
    const memory = process.memoryUsage().rss;
    await refused(() => send('POST', '/v1/messages', bomb, { 'content-encoding': encoding }), [400, 413]);
    expect(process.memoryUsage().rss - memory).toBeLessThan(100_000_000);
  });
});

/** A PNG whose header promises more than there is. */
function pngOf(width: number, height: number, pixels: Uint8Array): Buffer {
  const chunk = (type: string, data: Uint8Array) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    return Buffer.concat([length, Buffer.from(type), data, Buffer.alloc(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
}

describe('files', () => {
  const pixelBomb = pngOf(60_000, 60_000, deflateSync(Buffer.alloc(10_000_000)));
  const html = Buffer.from('<html><script>alert(1)</script></html>');

  it.each([
    ['a picture of 3.6 billion pixels as media', '/v1/media', 'image/png', pixelBomb, 400],
    ['a picture of 3.6 billion pixels as photo', '/v1/settings/profile/photo', 'image/png', pixelBomb, 400],
    ['a picture without size as photo', '/v1/settings/profile/photo', 'image/png', pngOf(0, 0, deflateSync(Buffer.alloc(0))), 400],
    ['HTML that says it is a picture', '/v1/media', 'image/png', html, 400],
    ['HTML as photo', '/v1/settings/profile/photo', 'image/jpeg', html, 400],
    ['a compressed picture as photo', '/v1/settings/profile/photo', 'image/png', gzipSync(pngOf(1, 1, deflateSync(Buffer.alloc(5)))), 400],
    ['a picture that says it is a film', '/v1/media', 'video/mp4', pngOf(1, 1, deflateSync(Buffer.alloc(5))), 400],
    ['a type that is none', '/v1/media', 'x/../../etc/passwd', html, 400],
    ['nothing', '/v1/media', 'image/png', Buffer.alloc(0), 400],
  ])('%s are refused and not kept', async (_what, path, type, content, status) => {
    await refused(() => send('POST', path, content, { 'content-type': type }), status);
  });

  it.each(['../../escape', '..%2f..%2fescape', '/etc/passwd', 'a\\..\\b', 'x\u0000.png', `${'a'.repeat(5000)}.png`])(
    'named %j stay in the volume, under a name of their own',
    async (name) => {
      const before = new Set(await filesInVolume());
      const answer = await send('POST', '/v1/media', html, {
        'content-type': 'text/html',
        'content-disposition': `attachment; filename="${name.replaceAll(/[\u0000]/g, '')}"`,
      });
      expect(answer.status).toBe(201);
      const added = (await filesInVolume()).filter((file) => !before.has(file));
      expect(added).toHaveLength(1);
      expect(added[0]?.startsWith(webapp.mediaDir)).toBe(true);
      expect(added[0]).toMatch(/\/[0-9a-f]{8}-[0-9a-f-]{27}[^/]*$/);
    },
  );

  it.each(['..', '../../etc/passwd', '..%2f..%2f..%2fetc%2fpasswd', '%2e%2e%2f%2e%2e', '....//', '%00', '.%00.', 'CON', '~root', '%5c..%5c..', '00000000-0000-0000-0000-000000000000/../..'])(
    'of the path /v1/media/%s are not there, to read or to delete',
    async (id) => {
      await refused(() => webapp.request('GET', `/v1/media/${id}`, { token }), [400, 404]);
      await refused(() => webapp.request('DELETE', `/v1/media/${id}`, { token }), [400, 404]);
      await refused(() => webapp.request('DELETE', `/v1/settings/application/media/providers/${id}`, { token }), [400, 404]);
    },
  );
});

/** Speaks HTTP by hand. */
async function raw(head: string): Promise<{ readonly socket: TLSSocket; readonly answer: () => string; readonly ended: Promise<unknown> }> {
  const socket = connect({ port: webapp.application.port, ca: webapp.tls.cert, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  let answer = '';
  socket.on('data', (data: Buffer) => (answer += data.toString('latin1')));
  const ended = new Promise((resolve) => socket.once('close', resolve));
  socket.write(head);
  return { socket, answer: () => answer, ended };
}

/** The statuses of all answers on a connection, which the server ends or the client after the last. */
async function statusesOf(head: string): Promise<number[]> {
  const { answer, ended } = await raw(head);
  await ended;
  return [...answer().matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
}

describe('HTTP', () => {
  const request = (lines: readonly string[], body = '') => `${['POST /v1/messages HTTP/1.1', 'Host: x', `Authorization: Bearer ${token}`, ...lines].join('\r\n')}\r\n\r\n${body}`;
  const body = '{"to":"16315551001","type":"text","text":{"body":"smuggled"}}';
  const smuggled = `POST /v1/messages HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: ${json}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

  it.each([
    ['two lengths', ['Content-Length: 0', `Content-Length: ${body.length}`]],
    ['two lengths in one', ['Content-Length: 0, 5']],
    ['a length and chunks', ['Content-Length: 5', 'Transfer-Encoding: chunked']],
    ['chunks in disguise', ['Transfer-Encoding: xchunked']],
    ['chunks last but one', ['Transfer-Encoding: chunked, identity']],
    ['a space before the colon', ['Content-Length : 5']],
    ['a folded header', ['X-A: b', ' Content-Length: 5']],
    ['a length that is none', ['Content-Length: +5']],
    ['a length below nothing', ['Content-Length: -1']],
    ['a bare line feed', ['X-A: b\nContent-Length: 5']],
    ['a null byte in a header', ['X-A: b\u0000c']],
  ])('with %s is refused, and what hides behind it is not read as a request', async (_what, lines) => {
    const before = await webapp.stateDigest();
    const statuses = await statusesOf(request([`Content-Type: ${json}`, ...lines], smuggled));
    expect(statuses).toEqual([400]);
    expect(await webapp.stateDigest()).toBe(before);
  });

  it('with headers of more than 16 kB is refused', async () => {
    const before = await webapp.stateDigest();
    expect(await statusesOf(request([`X-Long: ${'x'.repeat(17_000)}`]))).toEqual([431]);
    expect(await statusesOf(request(Array.from({ length: 1_700 }, (_, index) => `X-${index}: 1`)))).toEqual([431]);
    // The answer may be lost to who still writes.
    expect([[431], []]).toContainEqual(await statusesOf(request([`X-Long: ${'x'.repeat(1_000_000)}`])));
    expect(await webapp.stateDigest()).toBe(before);
  });

  it('in another protocol is refused', async () => {
    expect(await statusesOf('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')).toEqual([400]);
    expect(await statusesOf('\u0016\u0003\u0001 hello\r\n\r\n')).toEqual([400]);
    expect(await statusesOf(`GET http://elsewhere.example/v1/health HTTP/1.1\r\nHost: elsewhere.example\r\nConnection: close\r\n\r\n`)).toEqual([401]);
  });

  it('that comes drop by drop holds up nobody else', async () => {
    const slow = await Promise.all(
      Array.from({ length: 50 }, () => raw(request([`Content-Type: ${json}`, `Content-Length: ${body.length}`], body.slice(0, 5)))),
    );
    const quick = await send('POST', '/v1/messages', message('{"body":"quick"}'));
    expect(quick.status).toBe(201);
    for (const { socket, answer } of slow) {
      expect(answer()).toBe('');
      socket.destroy();
    }
  });
});
