import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFakeClock, systemClock } from '@multiconnect/clock';
import { type ChatUploads, createDirectoryFiles, createMediaHttp, createMediaLibrary } from '@multiconnect/media';
import { createMemoryCatalogue, samples, startWebServer, type WebServer } from '@multiconnect/media/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MessageRefused } from './content.ts';
import { SourceTrouble } from './ports.ts';
import { createSentFiles, type SentFiles } from './sent-files.ts';

const account = 1;
const jpeg = samples.jpeg(16, 16, 3, Buffer.alloc(2_000, 1));

let web: WebServer;
let dir: string;
let status: number;
let content: Buffer;
let requests: number;
const http = createMediaHttp({ clock: systemClock, privateDestinations: 'all' });
const clock = createFakeClock();
const used: string[] = [];

beforeEach(async () => {
  [status, content, requests] = [200, jpeg, 0];
  used.length = 0;
  dir = await mkdtemp(join(tmpdir(), 'sent-files-'));
  web = await startWebServer((_request, response) => {
    requests += 1;
    response.writeHead(status, { 'content-type': 'image/jpeg' }).end(content);
  });
});
afterEach(async () => {
  await web.close();
  await rm(dir, { recursive: true, force: true });
});

/** Two processes with the volume and the catalogue in common. */
function processes(): { readonly first: SentFiles; readonly second: SentFiles } {
  const catalogue = createMemoryCatalogue(() => clock.nowMs());
  const make = () => {
    const media = createMediaLibrary({ files: createDirectoryFiles(dir), catalogue, http });
    const uploads: ChatUploads = {
      async copyOf(_account, id) {
        const record = await catalogue.find(account, id);
        return record && { record, url: `aesgcm://files.example/${id}#00` };
      },
    };
    return createSentFiles({ account, media, uploads, catalogue: { used: (_account, id) => Promise.resolve(void used.push(id)) }, providers: () => Promise.resolve([]), clock });
  };
  return { first: make(), second: make() };
}

const image = (acceptedAtMs = 0, provider?: string) => ({
  type: 'image' as const,
  field: 'image',
  reference: { link: `${web.origin}/photo.jpg`, ...(provider !== undefined && { provider: { name: provider } }) },
  acceptedAtMs,
  signal: new AbortController().signal,
});

describe('a file by link', () => {
  it('is told by its type, size and hash', async () => {
    const sent = await processes().first(image());
    expect(sent).toEqual({
      url: expect.stringMatching(/^aesgcm:/) as string,
      mime_type: 'image/jpeg',
      file_size: jpeg.length,
      sha256: createHash('sha256').update(jpeg).digest('hex'),
    });
  });

  it('that one process has fetched is not fetched again by another, and serves all messages of the same minute', async () => {
    const { first, second } = processes();
    const { url } = await first(image(1_000));
    expect((await second(image(1_000))).url).toBe(url);
    expect((await second(image(59_999))).url).toBe(url);
    expect(requests).toBe(1);
    expect((await second(image(60_000))).url).not.toBe(url);
    expect(requests).toBe(2);
  });

  it('that two processes fetch at once is one file', async () => {
    const { first, second } = processes();
    const [one, other] = await Promise.all([first(image()), second(image())]);
    expect(one).toEqual(other);
  });

  it.each([408, 429, 500, 503])('is tried again when its server answers %i', async (answer) => {
    status = answer;
    await expect(processes().first(image())).rejects.toThrow(SourceTrouble);
  });

  it.each([301, 401, 403, 404, 410])('is refused when its server answers %i [send.media.link_failed]', async (answer) => {
    status = answer;
    await expect(processes().first(image())).rejects.toMatchObject({ body: { code: 400, title: 'Media download error' } });
  });

  it('is refused when it is no image, or too large for one', async () => {
    content = samples.html();
    await expect(processes().first(image())).rejects.toThrow(MessageRefused);
    content = Buffer.concat([jpeg, Buffer.alloc(5 * 1_048_576)]);
    await expect(processes().first(image())).rejects.toThrow(MessageRefused);
  });

  it('is refused when its provider is not known any more', async () => {
    await expect(processes().first(image(0, 'cdn1'))).rejects.toMatchObject({ body: { code: 400 } });
    expect(requests).toBe(0);
  });
});

describe('a file by id', () => {
  it('that is not there any more is refused with 1006', async () => {
    const gone = { ...image(), reference: { id: '36c484d1-1283-4b94-988d-7276bdec4de2' } };
    await expect(processes().first(gone)).rejects.toMatchObject({ body: { code: 1006 } });
  });
});

describe('a file that is sent', () => {
  it('counts as used, told at most once an hour', async () => {
    const { first } = processes();
    await first(image());
    expect(used).toEqual([]);
    await clock.advance(3_600_001);
    await first(image());
    expect(used).toHaveLength(1);
  });
});
