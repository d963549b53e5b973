import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

async function unlessMissing(path: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Bytes that ordinary users of the volume can still write below `path`, which need not be there yet. */
export async function freeBytesAt(path: string): Promise<number> {
  const free = await unlessMissing(path);
  if (free !== undefined) return free;
  const parent = dirname(path);
  if (parent === path) throw new Error(`no volume holds ${path}`);
  return freeBytesAt(parent);
}
