import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createFakeClock, systemClock } from '@multiconnect/clock';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chatCopyLifetimeMs, type ChatUploads, createChatUploads } from './chat-uploads.ts';
import { createDirectoryFiles } from './directory-files.ts';
import { LinkRefused, MediaDamaged, MediaRefused, MediaTooLarge, UploadFailed, UploadRefused } from './errors.ts';
import { createMediaHttp, type MediaHttp } from './http.ts';
import { createMediaLibrary, type MediaLibrary } from './library.ts';
import { maxMediaBytes } from './media-types.ts';
import { connectAccount } from './testing/chat-account.ts';
import { createMemoryCatalogue } from './testing/memory-catalogue.ts';
import { jpeg, streamOf } from './testing/samples.ts';
import { startWebServer, type WebServer } from './testing/web-server.ts';
import { findUploadService, requestSlot } from './upload-service.ts';

const account = 1;
const mebibyte = 1_048_576;
let chat: Awaited<ReturnType<typeof connectAccount>>;
let http: MediaHttp;
let root: string;
let library: MediaLibrary;
let uploads: ChatUploads;
const clock = createFakeClock({ startMs: 1_764_000_000_000 });
let catalogue: ReturnType<typeof createMemoryCatalogue>;
let server: WebServer;
const servedFile = jpeg(20, 10);

beforeAll(async () => {
  chat = await connectAccount();
  server = await startWebServer((request, response) => {
    const isAnn = request.headers.authorization === `Basic ${Buffer.from('ann:secret').toString('base64')}`;
    response.writeHead(isAnn ? 200 : 401, { 'Content-Type': 'text/html' }).end(servedFile);
  });
  http = createMediaHttp({ clock: systemClock, trustedOrigins: [chat.uploadOrigin, server.origin] });
});
afterAll(async () => {
  await http.close();
  await server.close();
  await chat.stream.close();
});
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'media-'));
  const files = createDirectoryFiles(root);
  catalogue = createMemoryCatalogue(() => clock.nowMs());
  library = createMediaLibrary({ files, catalogue, http });
  uploads = createChatUploads({ requester: chat.stream, domain: chat.domain, files, catalogue, http, clock });
});
const leftOvers: string[] = [];
afterEach(async () => {
  const names = await readdir(root, { recursive: true });
  leftOvers.push(...names.filter((name) => name.endsWith('.part')));
  expect(leftOvers).toEqual([]);
});

const accept = (content: Uint8Array, contentType = 'application/octet-stream') => library.accept(account, { contentType, source: streamOf(content, 65_536) });
const urlOf = async (id: string) => (await uploads.copyOf(account, id))?.url ?? expect.fail('no URL');
const plainUrl = (url: string) => url.replace('aesgcm:', 'http:').replace(/#.*/, '');

describe('a copy at the chat network', () => {
  it('comes back as it was: encrypted there, the key in the URL only', async () => {
    const content = jpeg(100, 50, 3, randomBytes(50_000));
    const { id } = await accept(content, 'image/jpeg');
    const url = await urlOf(id);
    expect(url).toMatch(/^aesgcm:\/\/[^#]+\.jpg#[0-9a-f]{88}$/);
    const stored = Buffer.from(await (await fetch(plainUrl(url))).arrayBuffer());
    expect(stored.length).toBe(content.length + 16);
    expect(stored.includes(content.subarray(1000, 1100))).toBe(false);

    const received = await library.receive(account, { url, contentType: 'text/html', filename: 'photo.jpg' });
    expect(received).toMatchObject({ direction: 'incoming', mimeType: 'image/jpeg', filename: 'photo.jpg', sizeBytes: content.length });
    expect(received.sha256).toBe(createHash('sha256').update(content).digest('hex'));
    const opened = await library.open(account, received.id);
    expect(await buffer(opened?.file.stream() ?? expect.fail('no file'))).toEqual(content);
  });

  it('is made once for all that use it, and again when it is 14 days old [send.media.reupload] [faq.media_14_days]', async () => {
    const { id } = await accept(randomBytes(1000));
    const [first, second] = await Promise.all([urlOf(id), urlOf(id)]);
    expect(second).toBe(first);
    await clock.advance(chatCopyLifetimeMs - 1);
    expect(await urlOf(id)).toBe(first);
    await clock.advance(1);
    const later = await urlOf(id);
    expect(later).not.toBe(first);
    expect(later.split('#')[1]).not.toBe(first.split('#')[1]);
    expect(await urlOf(id)).toBe(later);
  });

  it('is none for a file that is not there', async () => {
    expect(await uploads.copyOf(account, randomUUID())).toBeUndefined();
    const { id } = await accept(randomBytes(10));
    expect(await uploads.copyOf(2, id)).toBeUndefined();
    await library.remove(account, id);
    expect(await uploads.copyOf(account, id)).toBeUndefined();
  });

  it('is refused, without asking, when it is larger than the service takes', async () => {
    const service = (await findUploadService(chat.stream, chat.domain)) ?? expect.fail('no service');
    expect(service.maxBytes).toBeGreaterThanOrEqual(maxMediaBytes + 16);
    const asking = requestSlot(chat.stream, service, { filename: 'x', sizeBytes: 2 ** 40 });
    await expect(asking).rejects.toThrow(UploadRefused);
    const unannounced = requestSlot(chat.stream, { jid: service.jid }, { filename: 'x', sizeBytes: 2 ** 40 });
    await expect(unannounced).rejects.toThrow(UploadRefused);
  });

  it('reports a service that is not there, and one that does not answer', async () => {
    const { id } = await accept(randomBytes(10_000_000));
    const files = createDirectoryFiles(root);
    const of = (options: object) => createChatUploads({ requester: chat.stream, domain: chat.domain, files, catalogue, http, clock, ...options });
    const away = { ...http, put: (_url: string, put: Parameters<MediaHttp['put']>[1]) => http.put('http://127.0.0.1:1/', put) };
    await expect(of({ http: away }).copyOf(account, id)).rejects.toThrow(new UploadFailed('refused'));
    const refusing = { ...http, put: (_url: string, put: Parameters<MediaHttp['put']>[1]) => http.put(`${chat.uploadOrigin}/upload/no/slot`, put) };
    await expect(of({ http: refusing }).copyOf(account, id)).rejects.toThrow(UploadFailed);
    expect(await urlOf(id)).toMatch(/^aesgcm:/);
  });
});

describe('a file from a stranger', () => {
  it('that was changed on its way is not kept', async () => {
    const { id } = await accept(randomBytes(100_000));
    const url = await urlOf(id);
    const wrong = url.slice(0, -2) + (url.endsWith('00') ? '11' : '00');
    await expect(library.receive(account, { url: wrong })).rejects.toThrow(MediaDamaged);
    expect(await readdir(join(root, 'incoming'))).toEqual([]);
  });

  it('that is larger than allowed is not kept', async () => {
    const { id } = await accept(randomBytes(100_000));
    const url = await urlOf(id);
    await expect(library.receive(account, { url, maxBytes: 99_999 })).rejects.toThrow(MediaTooLarge);
    expect(await library.receive(account, { url, maxBytes: 100_000 })).toMatchObject({ sizeBytes: 100_000 });
  });

  it('may lie on the web, unencrypted, with the type that its bytes have', async () => {
    await expect(library.receive(account, { url: 'http://127.0.0.1:1/' })).rejects.toThrow(LinkRefused);
    await expect(library.receive(account, { url: 'file:///etc/passwd' })).rejects.toThrow(LinkRefused);
  });
});

describe('a link in a message', () => {
  const provider = { name: 'cdn1', type: 'www', config: { basic: { username: 'ann', password: 'secret' } } } as const;

  it('is fetched through its provider and kept under the type of its bytes', async () => {
    await expect(library.fetchLink(account, { link: server.origin, type: 'image' })).rejects.toThrow('http-401');
    const media = await library.fetchLink(account, { link: server.origin, type: 'image', provider, filename: 'a.jpg' });
    expect(media).toMatchObject({ direction: 'outgoing', mimeType: 'image/jpeg', sizeBytes: servedFile.length, filename: 'a.jpg' });
    expect(await library.sendable(account, media.id, 'image')).toMatchObject({ id: media.id });
  });

  it('is refused when its file is not what the message says, and leaves nothing', async () => {
    await expect(library.fetchLink(account, { link: server.origin, type: 'video', provider })).rejects.toThrow(MediaRefused);
    expect(await readdir(join(root, 'outgoing'))).toEqual([]);
  });
});

describe('a file of 100 MB', () => {
  it('goes there and back in flat memory', async () => {
    const piece = randomBytes(65_536);
    async function* pieces(count: number): AsyncGenerator<Uint8Array> {
      for (let sent = 0; sent < count; sent += 1) yield await Promise.resolve(piece);
    }
    const roundTrip = async (mebibytes: number) => {
      const { id, sha256 } = await library.accept(account, { contentType: 'application/octet-stream', source: pieces(mebibytes * 16) });
      const received = await library.receive(account, { url: await urlOf(id) });
      expect([received.sha256, received.sizeBytes]).toEqual([sha256, mebibytes * mebibyte]);
      await library.remove(account, id);
      await library.remove(account, received.id);
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
