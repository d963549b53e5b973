import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TestWebapp } from './testing/webapp.ts';
import { startTestWebapp, userPassword } from './testing/webapp.ts';

let webapp: TestWebapp;
let token: string;

beforeAll(async () => {
  webapp = await startTestWebapp();
  const admin = await webapp.adminToken();
  await webapp.request('POST', '/v1/users', { token: admin, json: { username: 'oper', password: userPassword } });
  token = await webapp.tokenOf('oper', userPassword);
});
afterAll(() => webapp.close());
beforeEach(() => rm(webapp.mediaDir, { recursive: true, force: true }));

const png = Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d49484452000000080000000808060000000000000000', 'hex'), randomBytes(2000)]);
const pixelBomb = Buffer.from('89504e470d0a1a0a0000000d4948445200ffffff00ffffff08060000000000000000', 'hex');
const unknownId = randomUUID();

const post = (raw: Uint8Array | string, contentType: string, headers = {}) =>
  webapp.request('POST', '/v1/media', { token, raw, headers: { 'content-type': contentType, ...headers } });

async function upload(raw: Uint8Array | string, contentType: string): Promise<string> {
  const { status, json } = await post(raw, contentType);
  expect(status).toBe(201);
  const [{ id }] = json['media'] as [{ id: string }];
  return id;
}

const kept = async () => (await readdir(webapp.mediaDir, { recursive: true, withFileTypes: true }).catch(() => [])).filter((entry) => entry.isFile());

/** Bytes of a download, which are no text. */
function download(path: string): Promise<{ readonly status?: number | undefined; readonly body: Buffer }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    httpsRequest({ host: '127.0.0.1', port: webapp.application.port, ca: webapp.tls.cert, path, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve({ status: answer.statusCode, body: Buffer.concat(chunks) }));
    })
      .on('error', reject)
      .end();
  });
}

describe('POST /v1/media', () => {
  it.each(['/v1/media', '/v1/media/'])('takes a file at %s and answers its id [media.upload] [media.id]', async (path) => {
    const { status, json } = await webapp.request('POST', path, { token, raw: png, headers: { 'content-type': 'image/png' } });
    expect([status, json]).toEqual([201, { media: [{ id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string }], meta: { version: '2.57.2', api_status: 'stable' } }]);
    const [entry] = await kept();
    expect(entry?.name).toBe((json['media'] as [{ id: string }])[0].id);
  });

  it.each([
    ['image/png', png, 'image/png'],
    ['text/plain; charset=utf-8', Buffer.from('Grüße'), 'text/plain; charset=utf-8'],
    ['application/json', Buffer.from('{"no":"JSON, but a document"'), 'application/json'],
    ['application/x-www-form-urlencoded', Buffer.from('a=b'), 'application/x-www-form-urlencoded'],
    ['application/octet-stream', Buffer.alloc(3_000_000, 1), 'application/octet-stream'],
  ])('gives %s back as it was [media.upload.content_type] [media.download]', async (type, content, expected) => {
    const id = await upload(content, type);
    const answer = await webapp.request('GET', `/v1/media/${id}`, { token });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ 'content-type': expected, 'content-length': String(content.length), 'x-content-type-options': 'nosniff' });
    expect((await download(`/v1/media/${id.toUpperCase()}`)).body.equals(content)).toBe(true);
  });

  it.each<readonly [string, string | undefined, Uint8Array | string, number, number]>([
    ['another type than its bytes', 'image/jpeg', png, 400, 1009],
    ['a web page as an image', 'image/png', '<script>cAnArY</script>', 400, 1009],
    ['a web page as a document', 'application/pdf', '<script>cAnArY</script>', 400, 1009],
    ['an image of 2^48 pixels', 'image/png', pixelBomb, 400, 1009],
    ['a form', 'multipart/form-data; boundary=x', '--x\r\n\r\ncAnArY\r\n--x--', 400, 1009],
    ['a form in capitals', 'Multipart/Mixed; boundary=x', 'cAnArY', 400, 1009],
    ['no type', undefined, 'cAnArY', 400, 1008],
    ['a type that is none', 'cAnArY', 'cAnArY', 400, 1025],
    ['nothing', 'image/png', '', 400, 1008],
  ])('refuses %s, and keeps nothing [media.upload.checked] [media.upload.multipart] [media.upload.content_type]', async (_name, type, raw, status, code) => {
    const before = await webapp.stateDigest();
    webapp.lines.length = 0;
    const answer = await webapp.request('POST', '/v1/media', { token, raw, headers: type === undefined ? {} : { 'content-type': type } });
    expect([answer.status, answer.json.errors?.[0]?.code]).toEqual([status, code]);
    expect(answer.text + webapp.lines.join()).not.toContain('cAnArY');
    expect(webapp.lines).toHaveLength(1);
    expect(await kept()).toEqual([]);
    expect(await webapp.stateDigest()).toBe(before);
  });

  it('refuses more than 100 MB when it is announced, without reading it [media.upload.limit] [faq.upload_limit] [contradiction.1]', async () => {
    const socket = connect({ port: webapp.application.port, ca: webapp.tls.cert, host: '127.0.0.1' });
    await once(socket, 'secureConnect');
    socket.write(`POST /v1/media HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: a/b\r\nContent-Length: 104857601\r\n\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 [^]*connection: close/i);
    socket.destroy();
    expect(await kept()).toEqual([]);
  });

  it('refuses more than 100 MB that comes unannounced, and keeps nothing', async () => {
    const socket = connect({ port: webapp.application.port, ca: webapp.tls.cert, host: '127.0.0.1' });
    await once(socket, 'secureConnect');
    const answered = once(socket, 'data') as Promise<[Buffer]>;
    socket.on('error', () => undefined);
    socket.write(`POST /v1/media HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: a/b\r\nTransfer-Encoding: chunked\r\n\r\n`);
    const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(1_048_576), Buffer.from('\r\n')]);
    for (let sent = 0; sent <= 100 && !socket.destroyed; sent += 1) if (!socket.write(chunk)) await once(socket, 'drain');
    expect((await answered)[0].toString()).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
    expect(await kept()).toEqual([]);
  });

  it('keeps nothing of an upload that breaks off', async () => {
    webapp.lines.length = 0;
    const socket = connect({ port: webapp.application.port, ca: webapp.tls.cert, host: '127.0.0.1' });
    await once(socket, 'secureConnect');
    socket.write(`POST /v1/media HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: a/b\r\nContent-Length: 1000\r\n\r\nhalf`);
    await expect.poll(async () => (await kept()).length).toBe(1);
    socket.destroy();
    await expect.poll(async () => (await kept()).length).toBe(0);
    await expect.poll(() => webapp.lines.join()).toContain('"api_code":1025');
  });

  it('answers 1005 when the directory cannot be written [media.upload.not_writable] [error.1005]', async () => {
    await writeFile(webapp.mediaDir, 'no directory');
    const { status, json } = await post(png, 'image/png');
    expect([status, json.errors?.[0]?.code]).toEqual([403, 1005]);
  });
});

describe('GET and DELETE /v1/media/{id}', () => {
  it.each([unknownId, 'x', '%2e%2e%2fetc%2fpasswd', '..%2foutgoing', `${unknownId}%00`, '__proto__', `.${unknownId}.part`])('%s is not there: no body, and 1006 [media.download.unknown] [media.delete.unknown]', async (id) => {
    const answer = await webapp.request('GET', `/v1/media/${id}`, { token });
    expect([answer.status, answer.text]).toEqual([404, '']);
    const removed = await webapp.request('DELETE', `/v1/media/${id}`, { token });
    expect([removed.status, removed.json.errors?.[0]?.code]).toEqual([404, 1006]);
  });

  it('a deleted file is gone, from the volume too [media.delete] [media.delete.unknown] [faq.media_deletable]', async () => {
    const id = await upload(png, 'image/png');
    const removed = await webapp.request('DELETE', `/v1/media/${id}`, { token });
    expect([removed.status, removed.json]).toEqual([200, { meta: { version: '2.57.2', api_status: 'stable' } }]);
    expect(await kept()).toEqual([]);
    expect((await webapp.request('GET', `/v1/media/${id}`, { token })).status).toBe(404);
    expect((await webapp.request('DELETE', `/v1/media/${id}`, { token })).status).toBe(404);
  });

  it('a file that has gone from the volume is not there, and can be deleted', async () => {
    const id = await upload(png, 'image/png');
    await rm(webapp.mediaDir, { recursive: true });
    const answer = await webapp.request('GET', `/v1/media/${id}`, { token });
    expect([answer.status, answer.text]).toEqual([404, '']);
    expect((await webapp.request('DELETE', `/v1/media/${id}`, { token })).status).toBe(200);
  });

  it.each([['POST', '/v1/media'], ['GET', `/v1/media/${unknownId}`], ['DELETE', `/v1/media/${unknownId}`]])('%s %s is not for strangers', async (method, path) => {
    const answer = await webapp.request(method, path, method === 'POST' ? { raw: png, headers: { 'content-type': 'image/png' } } : {});
    expect([answer.status, answer.json.errors?.[0]?.code]).toEqual([401, 1005]);
    expect(await kept()).toEqual([]);
  });

  it('other methods are refused', async () => {
    expect((await webapp.request('GET', '/v1/media', { token })).status).toBe(405);
    expect((await webapp.request('PUT', `/v1/media/${unknownId}`, { token })).status).toBe(405);
  });
});

describe('before registration', () => {
  it('media answers 1011', async () => {
    const unregistered = await startTestWebapp({ registered: false });
    try {
      const admin = await unregistered.adminToken();
      const answer = await unregistered.request('POST', '/v1/media', { token: admin, raw: png, headers: { 'content-type': 'image/png' } });
      expect([answer.status, answer.json.errors?.[0]?.code]).toEqual([503, 1011]);
    } finally {
      await unregistered.close();
    }
  });
});

describe('a file of 100 MB', () => {
  const mebibyte = 1_048_576;
  const piece = randomBytes(65_536);

  function uploadOf(mebibytes: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream', 'content-length': mebibytes * mebibyte };
      const outgoing = httpsRequest({ host: '127.0.0.1', port: webapp.application.port, ca: webapp.tls.cert, method: 'POST', path: '/v1/media', headers }, (answer) => {
        answer.on('data', (data: Buffer) => resolve((JSON.parse(data.toString()) as { media: [{ id: string }] }).media[0].id));
      });
      outgoing.on('error', reject);
      const send = async () => {
        for (let sent = 0; sent < mebibytes * 16; sent += 1) if (!outgoing.write(piece)) await once(outgoing, 'drain');
        outgoing.end();
      };
      send().catch(reject);
    });
  }

  function hashOf(id: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}` };
      httpsRequest({ host: '127.0.0.1', port: webapp.application.port, ca: webapp.tls.cert, path: `/v1/media/${id}`, headers }, (answer) => {
        const hash = createHash('sha256');
        answer.on('data', (chunk: Buffer) => hash.update(chunk)).on('end', () => resolve(hash.digest('hex')));
      })
        .on('error', reject)
        .end();
    });
  }

  it('goes up and down in flat memory', async () => {
    const roundTrip = async (mebibytes: number) => {
      const expected = createHash('sha256');
      for (let hashed = 0; hashed < mebibytes * 16; hashed += 1) expected.update(piece);
      expect(await hashOf(await uploadOf(mebibytes))).toBe(expected.digest('hex'));
    };
    // Buffers and code that are there after any transfer are no growth.
    await roundTrip(20);
    const before = process.memoryUsage().rss;
    let highest = before;
    const sampling = setInterval(() => (highest = Math.max(highest, process.memoryUsage().rss)), 5);
    try {
      await roundTrip(100);
    } finally {
      clearInterval(sampling);
    }
    expect((highest - before) / mebibyte).toBeLessThan(40);
  });
});
