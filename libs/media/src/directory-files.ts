import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { MediaDirection } from '@multiconnect/message-store';
import type { ByteSource } from './byte-source.ts';
import { MediaTooLarge, VolumeFull, VolumeNotWritable } from './errors.ts';
import { criticalFreeBytes, type MediaFiles, type OpenFile, type StagedFile, type StageOptions } from './media-files.ts';
import { fileNameOf } from './media-id.ts';

const directions: readonly MediaDirection[] = ['incoming', 'outgoing'];
const stagedName = /^\.[0-9a-f-]{36}\.part$/;
const readChunkBytes = 65_536;
const fileMode = 0o640;
const directoryMode = 0o750;

const codesOfFull = new Set(['ENOSPC', 'EDQUOT']);
const codesOfNotWritable = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENOENT', 'ESTALE']);

const codeOf = (error: unknown) => (error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? '') : '');

function volumeErrorOf(error: unknown): unknown {
  const code = codeOf(error);
  if (codesOfFull.has(code)) return new VolumeFull();
  return codesOfNotWritable.has(code) ? new VolumeNotWritable(code) : error;
}

/** What the volume, and not the source of a file, answers. */
async function onVolume<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw volumeErrorOf(error);
  }
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** A name is durable only once its directory is. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

interface Written {
  readonly sizeBytes: number;
  readonly sha256: string;
}

async function write(handle: FileHandle, source: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Written> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of source) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) throw new MediaTooLarge(maxBytes);
    hash.update(chunk);
    await onVolume(handle.appendFile(chunk));
  }
  await onVolume(handle.sync());
  return { sizeBytes, sha256: hash.digest('hex') };
}

function openFileOf(handle: FileHandle, sizeBytes: number): OpenFile {
  return {
    sizeBytes,
    read: (position, length) => readAt(handle, position, length),
    stream: () => handle.createReadStream({ start: 0, highWaterMark: readChunkBytes, autoClose: true }),
    close: () => handle.close(),
  };
}

function stagedFileOf(folder: string, path: string, { sizeBytes, sha256 }: Written): StagedFile {
  const source: ByteSource = {
    sizeBytes,
    async read(position, length) {
      const handle = await open(path, 'r');
      try {
        return await readAt(handle, position, length);
      } finally {
        await handle.close();
      }
    },
  };
  return {
    ...source,
    sha256,
    async publish(id) {
      const name = fileNameOf(id);
      await onVolume(rename(path, join(folder, name)));
      await onVolume(syncDirectory(folder));
    },
    discard: () => rm(path, { force: true }),
  };
}

/** The volume as a directory, local or shared over a network. Its folders are made when they are first needed. */
export function createDirectoryFiles(root: string): MediaFiles {
  const folderOf = (direction: MediaDirection) => join(root, direction);

  async function freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(root);
    return bavail * bsize;
  }

  async function makeRoom(folder: string, expectedBytes: number): Promise<void> {
    await onVolume(mkdir(folder, { recursive: true, mode: directoryMode }));
    if ((await onVolume(freeBytes())) < criticalFreeBytes + expectedBytes) throw new VolumeFull();
  }

  async function stage(direction: MediaDirection, source: AsyncIterable<Uint8Array>, options: StageOptions): Promise<StagedFile> {
    const folder = folderOf(direction);
    await makeRoom(folder, options.expectedBytes ?? 0);
    const path = join(folder, `.${randomUUID()}.part`);
    const handle = await onVolume(open(path, 'wx', fileMode));
    try {
      const written = await write(handle, source, options.maxBytes);
      await handle.close();
      return stagedFileOf(folder, path, written);
    } catch (error) {
      await handle.close();
      await rm(path, { force: true });
      throw error;
    }
  }

  async function abandonedIn(folder: string, before: number): Promise<readonly string[]> {
    const names = (await unlessMissing(readdir(folder))) ?? [];
    const paths = names.filter((name) => stagedName.test(name)).map((name) => join(folder, name));
    const found = await Promise.all(paths.map(async (path) => ({ path, stats: await unlessMissing(stat(path)) })));
    return found.filter(({ stats }) => stats !== undefined && stats.mtimeMs < before).map(({ path }) => path);
  }

  return {
    stage,
    async open(direction, id) {
      const path = join(folderOf(direction), fileNameOf(id));
      const handle = await unlessMissing(open(path, constants.O_RDONLY | constants.O_NOFOLLOW));
      if (handle === undefined) return undefined;
      return openFileOf(handle, (await handle.stat()).size);
    },
    async remove(direction, id) {
      const path = join(folderOf(direction), fileNameOf(id));
      return (await onVolume(unlessMissing(rm(path).then(() => true)))) ?? false;
    },
    async removeAbandoned(olderThanMs) {
      const before = Date.now() - olderThanMs;
      const abandoned = (await Promise.all(directions.map((direction) => abandonedIn(folderOf(direction), before)))).flat();
      await Promise.all(abandoned.map((path) => rm(path, { force: true })));
      return abandoned.length;
    },
    freeBytes,
  };
}
