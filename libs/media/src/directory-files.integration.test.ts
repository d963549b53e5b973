import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createDirectoryFiles } from './directory-files.ts';
import { VolumeNotWritable } from './errors.ts';
import { mediaFilesConformance } from './testing/media-files-conformance.ts';
import { streamOf } from './testing/samples.ts';

const temporaryDir = () => mkdtemp(join(tmpdir(), 'media-'));

mediaFilesConformance('a directory', async () => {
  const parent = await temporaryDir();
  const root = join(parent, 'media');
  return {
    files: createDirectoryFiles(root),
    async names() {
      const entries = await readdir(parent, { withFileTypes: true, recursive: true });
      return entries.filter((entry) => !entry.isDirectory()).map((entry) => relative(root, join(entry.parentPath, entry.name)));
    },
  };
});

describe('a directory of media', () => {
  it('says that it cannot be written', async () => {
    const file = join(await temporaryDir(), 'file');
    await writeFile(file, 'no directory');
    await expect(createDirectoryFiles(file).stage('outgoing', streamOf(Buffer.from('x')), { maxBytes: 10 })).rejects.toThrow(VolumeNotWritable);
  });

  it('follows no symbolic link', async () => {
    const root = await temporaryDir();
    const id = randomUUID();
    await mkdir(join(root, 'outgoing'));
    await symlink('/etc/hostname', join(root, 'outgoing', id));
    await expect(createDirectoryFiles(root).open('outgoing', id)).rejects.toThrow(/ELOOP/);
  });
});
