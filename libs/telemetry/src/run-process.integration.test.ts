import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';

const fixture = new URL('testing/process.ts', import.meta.url).pathname;
const children: ChildProcess[] = [];

afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));

function start(env: Record<string, string>) {
  const child = spawn(process.execPath, ['--conditions=source', '--experimental-transform-types', '--disable-warning=ExperimentalWarning', fixture], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const read = once(reader, 'close');
  const exited = once(child, 'exit').then(([status]) => status as number);
  const nextLine = async () => {
    if (lines.length === 0) await Promise.race([once(reader, 'line'), read]);
    return JSON.parse(lines.shift() ?? '{}') as Record<string, unknown>;
  };
  return { child, exited, nextLine, stderr: text(child.stderr) };
}

const node = { FIXTURE_NODE_NAME: 'n1' };

describe('a process', () => {
  it('prints every problem of its configuration and exits 2', async () => {
    const { exited, stderr } = start({ FIXTURE_LOG_LEVEL: 'loud' });
    expect(await exited).toBe(2);
    expect((await stderr).trim().split('\n')).toEqual([
      expect.stringMatching(/^fixture: FIXTURE_NODE_NAME: is required$/),
      expect.stringMatching(/^fixture: FIXTURE_LOG_LEVEL: /),
    ]);
  });

  it('says that it is ready, and stops on a signal with status 0', async () => {
    const { child, exited, nextLine } = start(node);
    expect(await nextLine()).toMatchObject({ ready: true, node: 'n1', process: 'fixture', port: 1234, pid: child.pid });
    child.kill('SIGTERM');
    expect(await nextLine()).toMatchObject({ signal: 'SIGTERM' });
    expect(await exited).toBe(0);
  });

  it.each([['a clean stop', {}, 'stopping'], ['a failed start', { FIXTURE_FAILURE: 'at-boot' }, 'the database is away']])('has the lines of %s in its log file, to the last', async (_what, env, last) => {
    const directory = await mkdtemp(join(tmpdir(), 'process-log-'));
    const { child, exited, nextLine } = start({ ...node, ...env, FIXTURE_LOG_DIR: directory });
    await nextLine();
    child.kill('SIGTERM');
    await exited;
    const lines = (await readFile(join(directory, 'fixture-n1.log'), 'utf8')).trim().split('\n');
    expect(JSON.parse(lines.at(-1) ?? '{}')).toMatchObject({ msg: last });
    await rm(directory, { recursive: true });
  });

  it('says in one line why it cannot start, and exits 1', async () => {
    const { exited, nextLine, stderr } = start({ ...node, FIXTURE_FAILURE: 'at-boot' });
    expect(await nextLine()).toMatchObject({ level: 'fatal', msg: 'the database is away' });
    expect(await exited).toBe(1);
    expect(await stderr).toBe('');
  });

  it('logs an unhandled rejection and exits 1', async () => {
    const { exited, nextLine } = start({ ...node, FIXTURE_FAILURE: 'rejection' });
    await nextLine();
    expect(await nextLine()).toMatchObject({ level: 'fatal', msg: 'unhandled rejection', err: { message: 'forgotten' } });
    expect(await exited).toBe(1);
  });

  it('exits 1 at once when it is told a second time to stop', async () => {
    const { child, exited, nextLine } = start({ ...node, FIXTURE_FAILURE: 'stuck', FIXTURE_STOP_LIMIT_MS: '3600000' });
    await nextLine();
    child.kill('SIGTERM');
    expect(await nextLine()).toMatchObject({ msg: 'stopping' });
    child.kill('SIGTERM');
    expect(await exited).toBe(1);
    expect(await nextLine()).toMatchObject({ msg: 'told to stop again, and left at once' });
  });

  it.each(['stuck', 'at-stop'])('exits 1 when its stop is %s', async (failure) => {
    const { child, exited, nextLine } = start({ ...node, FIXTURE_FAILURE: failure, FIXTURE_STOP_LIMIT_MS: '500' });
    await nextLine();
    child.kill('SIGINT');
    expect(await exited).toBe(1);
  });
});
