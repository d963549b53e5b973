import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '@multiconnect/local';
import type { World } from './world.ts';

const run = promisify(execFile);

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kernel: string;
}

export function machineFacts(): Machine {
  const [first] = cpus();
  return { cpu: first?.model.trim() ?? 'unknown', cores: cpus().length, memoryGb: Math.round(totalmem() / 1e9), kernel: release() };
}

/** The commit, marked when files differ from it. */
export async function commit(): Promise<string> {
  const git = async (...args: readonly string[]) => (await run('git', [...args], { cwd: repositoryRoot })).stdout.trim();
  const [head, changes] = await Promise.all([git('rev-parse', '--short', 'HEAD'), git('status', '--porcelain')]);
  return changes === '' ? head : `${head} with changes`;
}

/** What a figure depends on beside the product. */
export async function versions(world: World): Promise<Readonly<Record<string, string>>> {
  const [postgres] = await world.query<{ server_version: string }>('SHOW server_version');
  const [fsync] = await world.query<{ fsync: string }>('SHOW fsync');
  const [redis, ejabberd] = await Promise.all([versionOf('redis-server', '--version'), versionOf('dpkg-query', '-W', '-f', '${Version}', 'ejabberd')]);
  const manifest = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as { readonly version: string };
  return {
    Multiconnect: manifest.version,
    commit: await commit(),
    Node: process.version,
    PostgreSQL: `${postgres?.server_version ?? ''} (fsync ${fsync?.fsync ?? ''})`,
    Redis: /v=(\S+)/.exec(redis)?.[1] ?? redis,
    ejabberd,
  };
}

/** Nothing where the program is missing: services may run in containers. */
async function versionOf(program: string, ...args: readonly string[]): Promise<string> {
  return run(program, [...args]).then(
    ({ stdout }) => stdout.trim(),
    () => 'unknown',
  );
}
