import { createFakeClock } from '@multiconnect/clock';
import type { InboundEvent, ReceivedContent } from '@multiconnect/contract';
import { FetchFailed, LinkRefused, MediaDamaged, type MediaLibrary, MediaTooLarge, VolumeFull } from '@multiconnect/media';
import type { FileToFetch } from '@multiconnect/message-store';
import { describe, expect, it } from 'vitest';
import { createDownloads, type DownloadLimits } from './downloads.ts';
import { MemoryInbox } from './testing/memory-inbox.ts';

const ann = '15550000001';
const bob = '15550000002';
const image: ReceivedContent = { type: 'image', image: { mime_type: 'image/jpeg', sha256: 'said', caption: 'me' } };
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

type Receive = MediaLibrary['receive'];
const media = (id: string) => ({ id, direction: 'incoming' as const, mimeType: 'image/png', sizeBytes: 1, sha256: 'real' });

/** Held callbacks and a network that answers as `receive` says; by default a file named by its URL. */
function start(limits: Partial<DownloadLimits> = {}) {
  const clock = createFakeClock({ startMs: 1_000_000 });
  const inbox = new MemoryInbox(clock, []);
  const { held } = inbox.ports(() => Promise.resolve());
  const asked: string[] = [];
  const removed: string[] = [];
  const troubles: string[] = [];
  const fenced: unknown[] = [];
  const net: { receive: Receive } = { receive: (_account, { url }) => Promise.resolve(media(url)) };
  const open = (epoch = inbox.epoch) =>
    createDownloads({
      tenure: { account: 1, shard: 0, epoch },
      signal: new AbortController().signal,
      slots: [0],
      held,
      media: {
        receive: (account, file) => {
          asked.push(file.url);
          return net.receive(account, file);
        },
        remove: (_account, id) => Promise.resolve(removed.push(id) > 0),
      },
      clock,
      limits,
      onReleased: () => undefined,
      onFenced: (error) => void fenced.push(error),
      onTrouble: (what) => void troubles.push(what),
    });
  const hold = (customer: string, id: string, files: readonly FileToFetch[] = [{ place: 'message', url: id }], more: Partial<InboundEvent> = {}) => {
    const event: InboundEvent = { kind: 'inbound_message', id, from: customer, timestamp: 1, content: image, ...more };
    inbox.callbackRows.push({ seq: inbox.callbackRows.length + 1, customer, event, files, createdAtMs: clock.nowMs() });
  };
  const advance = async (ms: number) => {
    await settle();
    await clock.advance(ms);
    await settle();
  };
  return { clock, inbox, asked, removed, troubles, fenced, net, open, hold, advance, downloads: open() };
}

const failing = (error: Error): Receive => () => Promise.reject(error);
const errorsOf = (details: string) => [{ code: 400, title: 'Media download error', details }];

describe('a held callback', () => {
  it('goes with the id, type and hash of its file once that is there', async () => {
    const { inbox, hold, downloads, advance } = start();
    hold(ann, 'a');
    downloads.wake();
    await advance(0);
    expect(inbox.due()).toEqual([{ ...inbox.due()[0], content: { type: 'image', image: { id: 'a', mime_type: 'image/png', sha256: 'real', caption: 'me' } } }]);
    expect('errors' in (inbox.due()[0] ?? {})).toBe(false);
  });

  it('of a bare link becomes a message of the type that the bytes are', async () => {
    const { inbox, hold, downloads, advance } = start();
    hold(ann, 'a', [{ place: 'link', url: 'a' }], { content: { type: 'document', document: { mime_type: 'application/octet-stream', filename: 'a', caption: 'mine' } } });
    downloads.wake();
    await advance(0);
    expect(inbox.due()[0]?.content).toEqual({ type: 'image', image: { id: 'a', mime_type: 'image/png', sha256: 'real', caption: 'mine' } });
  });

  it('waits for all of its files, and goes with those that came', async () => {
    const { inbox, hold, downloads, advance, net } = start();
    const referral = { source_type: 'ad' as const, source_id: '1', source_url: 'https://e.test', video: { mime_type: 'video/mp4' } };
    hold(ann, 'a', [{ place: 'message', url: 'gone' }, { place: 'referral', url: 'film' }], { referral });
    net.receive = (_account, { url }) => (url === 'gone' ? Promise.reject(new FetchFailed('http-404')) : Promise.resolve(media(url)));
    downloads.wake();
    await advance(0);
    expect(inbox.due()[0]).toMatchObject({ content: image, referral: { ...referral, video: { id: 'film', mime_type: 'image/png', sha256: 'real' } }, errors: errorsOf('The file could not be downloaded') });
  });

  it.each<[Error, string]>([
    [new FetchFailed('http-404'), 'The file could not be downloaded'],
    [new FetchFailed('http-403'), 'The file could not be downloaded'],
    [new FetchFailed('content-encoding'), 'The file could not be downloaded'],
    [new MediaTooLarge(1), 'The file is too large'],
    [new MediaDamaged(), 'The file could not be decrypted'],
    [new LinkRefused('address-not-public'), 'The address of the file is not allowed'],
  ])('goes at once with the reason when %s [callback.media.failed]', async (error, details) => {
    const { inbox, hold, downloads, advance, net, asked } = start();
    net.receive = failing(error);
    hold(ann, 'a');
    downloads.wake();
    await advance(0);
    expect([inbox.due()[0]?.content, inbox.due()[0]?.errors, asked]).toEqual([image, errorsOf(details), ['a']]);
  });

  it.each([new FetchFailed('timeout'), new FetchFailed('http-503'), new FetchFailed('http-429'), new VolumeFull(), new Error('database away')])(
    'is tried again, ever more slowly, after %s, and given up after ten minutes',
    async (error) => {
      const { inbox, hold, downloads, advance, net, asked } = start();
      net.receive = failing(error);
      hold(ann, 'a');
      downloads.wake();
      await advance(0);
      for (const seconds of [1, 2, 4, 8, 16]) await advance(seconds * 1_000);
      expect([asked.length, inbox.due()]).toEqual([6, []]);
      for (let passedMs = 0; passedMs < 600_000; passedMs += 30_000) await advance(30_000);
      expect([inbox.due()[0]?.errors, asked.length]).toEqual([errorsOf('The file could not be downloaded'), 25]);
    },
  );

  it('goes well when the trouble passes', async () => {
    const { inbox, hold, downloads, advance, net } = start();
    const { receive } = net;
    net.receive = failing(new FetchFailed('reset'));
    hold(ann, 'a');
    downloads.wake();
    await advance(0);
    net.receive = receive;
    await advance(1_000);
    expect(inbox.due()).toHaveLength(1);
  });

  it('is not kept from others by files that never end, and those are cut off', async () => {
    const { inbox, hold, downloads, advance, net } = start({ maxTransfers: 2 });
    net.receive = (_account, { url, signal }) =>
      url !== 'endless' ? Promise.resolve(media(url)) : new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));
    hold(ann, 'a1', [{ place: 'message', url: 'endless' }]);
    for (let index = 0; index < 10; index++) hold(ann, `more-${index}`);
    hold(bob, 'b');
    downloads.wake();
    await advance(0);
    expect(inbox.due().map(({ id }) => id)).toEqual(['b']);
    for (let attempt = 0; attempt < 8; attempt++) await advance(150_000);
    expect(inbox.due().map(({ id }) => id)).toEqual(inbox.callbackRows.map(({ event }) => event.id));
    expect(inbox.due()[0]?.errors).toEqual(errorsOf('The file could not be downloaded'));
  });

  it('is released again when the database fails, without another download', async () => {
    const { inbox, hold, downloads, advance, asked } = start();
    hold(ann, 'a');
    inbox.faults.push('before-commit', 'after-commit');
    downloads.wake();
    await advance(0);
    await advance(500);
    await advance(1_000);
    expect([inbox.due().length, asked]).toEqual([1, ['a']]);
  });
});

describe('an owner of the shard', () => {
  it('that is fenced releases nothing and keeps no file; the next one starts from the rows', async () => {
    const { inbox, hold, downloads, advance, fenced, removed, open } = start();
    hold(ann, 'a');
    inbox.epoch = 2;
    downloads.wake();
    await advance(0);
    expect([inbox.due(), fenced.length, removed]).toEqual([[], 1, ['a']]);
    open().wake();
    await advance(0);
    expect(inbox.due()).toHaveLength(1);
  });

  it('that stops cuts off what is under way and leaves its rows', async () => {
    const { inbox, hold, downloads, advance, net, open } = start();
    const { receive } = net;
    net.receive = (_account, { signal }) => new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new FetchFailed('aborted'))));
    hold(ann, 'a');
    downloads.wake();
    await advance(0);
    await downloads.stop();
    expect(inbox.due()).toEqual([]);
    net.receive = receive;
    open().wake();
    await advance(0);
    expect(inbox.due()).toHaveLength(1);
  });

  it('looks again when the database did not answer', async () => {
    const { inbox, hold, downloads, advance } = start();
    hold(ann, 'a');
    inbox.isDown = true;
    downloads.wake();
    await advance(0);
    inbox.isDown = false;
    await advance(500);
    expect(inbox.due()).toHaveLength(1);
  });
});
