import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Small volumes of their own for a cluster's files. */
export interface Volumes {
  fill(volume: VolumeName): void;
  empty(volume: VolumeName): void;
  close(): Promise<void>;
}

export type VolumeName = 'media' | 'logs';

/** Where a cluster below `dir` keeps them. */
const places: Readonly<Record<VolumeName, string>> = { media: 'media', logs: 'log-files' };
const sizeMb = 96;
const ballastMb = 1;
const ballastName = 'ballast';

/** Unmounts when its input ends, which it does however this process ends. */
const keeper = 'read -r _; for place in "$@"; do umount -l "$place"; done';

function isMounted(place: string): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMb}m,mode=0755`, 'multiconnect-chaos', place], { stdio: 'ignore' }).status === 0;
}

/** Until nothing more fits. */
function writeBallast(file: string): void {
  const handle = openSync(file, 'w');
  const block = Buffer.alloc(ballastMb * 1024 * 1024);
  try {
    for (let size = block.length; size > 0; ) {
      try {
        writeSync(handle, block, 0, size);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        size = size >> 1;
      }
    }
  } finally {
    closeSync(handle);
  }
}

/** undefined where this user may not mount. */
export async function mountVolumes(dir: string): Promise<Volumes | undefined> {
  const paths = Object.values(places).map((place) => join(dir, place));
  for (const path of paths) mkdirSync(path, { recursive: true });
  const mounted = paths.filter(isMounted);
  const child = spawn('sh', ['-c', keeper, 'keeper', ...mounted], { stdio: ['pipe', 'ignore', 'inherit'], detached: true });
  const exited = once(child, 'exit');
  const close = async () => {
    child.stdin.end();
    await exited;
  };
  if (mounted.length < paths.length) {
    await close();
    return undefined;
  }
  const ballast = (volume: VolumeName) => join(dir, places[volume], ballastName);
  return {
    fill: (volume) => writeBallast(ballast(volume)),
    empty: (volume) => rmSync(ballast(volume), { force: true }),
    close,
  };
}
