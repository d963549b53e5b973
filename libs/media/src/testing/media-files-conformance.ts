import { createHash, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, expect, it } from 'vitest';
import { MediaTooLarge, VolumeFull } from '../errors.ts';
import { criticalFreeBytes, type MediaFiles } from '../media-files.ts';
import { streamOf } from './samples.ts';

export interface MediaFilesUnderTest {
  readonly files: MediaFiles;
  /** Every name below the volume, as `incoming/…`. */
  readonly names: () => Promise<readonly string[]>;
}

async function* failingAfter(content: Uint8Array, error: Error): AsyncGenerator<Uint8Array> {
  yield* streamOf(content);
  throw error;
}

/** What every implementation of the port promises. */
export function mediaFilesConformance(name: string, create: () => Promise<MediaFilesUnderTest>): void {
  describe(`media files: ${name}`, () => {
    const content = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 251));
    const limit = { maxBytes: 1_000_000 };
    let files: MediaFiles;
    let names: () => Promise<readonly string[]>;
    let id: string;

    beforeEach(async () => {
      ({ files, names } = await create());
      id = randomUUID();
    });

    it('give back what was written, with its size and hash', async () => {
      const staged = await files.stage('outgoing', streamOf(content), limit);
      expect(staged.sizeBytes).toBe(content.length);
      expect(staged.sha256).toBe(createHash('sha256').update(content).digest('hex'));
      await staged.publish(id);
      const file = await files.open('outgoing', id);
      expect(file?.sizeBytes).toBe(content.length);
      expect(await buffer(file?.stream() ?? expect.fail('no file'))).toEqual(content);
      expect(await names()).toEqual([`outgoing/${id}`]);
    });

    it('can be read anywhere, before and after they have a name', async () => {
      const staged = await files.stage('incoming', streamOf(content), limit);
      expect(await staged.read(150_000, 10)).toEqual(content.subarray(150_000, 150_010));
      await staged.publish(id);
      const file = await files.open('incoming', id);
      expect(await file?.read(0, 5)).toEqual(content.subarray(0, 5));
      expect(await file?.read(content.length - 2, 10)).toEqual(content.subarray(-2));
      expect(await file?.read(content.length, 10)).toEqual(Buffer.alloc(0));
      await file?.close();
    });

    it('are not seen before they are published', async () => {
      await files.stage('outgoing', streamOf(content), limit);
      expect((await names()).every((one) => one.endsWith('.part'))).toBe(true);
      expect(await files.open('outgoing', id)).toBeUndefined();
    });

    it('keep incoming and outgoing apart', async () => {
      await (await files.stage('incoming', streamOf(content), limit)).publish(id);
      expect(await files.open('outgoing', id)).toBeUndefined();
      expect(await files.remove('outgoing', id)).toBe(false);
    });

    it('leave nothing behind that is too large, discarded, or broken off', async () => {
      await expect(files.stage('outgoing', streamOf(content), { maxBytes: content.length - 1 })).rejects.toThrow(MediaTooLarge);
      await (await files.stage('outgoing', streamOf(content), { maxBytes: content.length })).discard();
      const broken = new Error('the sender went away');
      await expect(files.stage('outgoing', failingAfter(content, broken), limit)).rejects.toBe(broken);
      expect(await names()).toEqual([]);
    });

    it('are removed once', async () => {
      const staged = await files.stage('outgoing', streamOf(content), limit);
      await staged.publish(id);
      await staged.discard();
      expect(await files.remove('outgoing', id)).toBe(true);
      expect(await files.remove('outgoing', id)).toBe(false);
      expect(await names()).toEqual([]);
    });

    it('are refused when the volume would have less than 10 MB left', async () => {
      expect(criticalFreeBytes).toBe(10_000_000);
      const free = await files.freeBytes().catch(() => Number.MAX_SAFE_INTEGER / 2);
      await expect(files.stage('outgoing', streamOf(content), { ...limit, expectedBytes: free * 2 })).rejects.toThrow(VolumeFull);
      expect(await names()).toEqual([]);
    });

    it.each(['', '..', '../escaped', '/tmp/escaped', 'a/b', `.${randomUUID()}.part`, randomUUID().toUpperCase().replace(/^./, 'A'), `${randomUUID()}\0`])(
      'refuse the name %j',
      async (bad) => {
        const staged = await files.stage('outgoing', streamOf(content), limit);
        await expect(staged.publish(bad)).rejects.toThrow(RangeError);
        await staged.discard();
        await expect(files.open('outgoing', bad)).rejects.toThrow(RangeError);
        await expect(files.remove('outgoing', bad)).rejects.toThrow(RangeError);
        expect(await names()).toEqual([]);
      },
    );

    it('lose what was abandoned, and only that', async () => {
      await (await files.stage('incoming', streamOf(content), limit)).publish(id);
      await files.stage('incoming', streamOf(content), limit);
      await files.stage('outgoing', streamOf(content), limit);
      expect(await files.removeAbandoned(60_000)).toBe(0);
      expect(await files.removeAbandoned(-1000)).toBe(2);
      expect(await names()).toEqual([`incoming/${id}`]);
    });
  });
}
