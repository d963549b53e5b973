import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cleanUpLogs, createLogger, defaultRotation, type LogRotation, openLogFile, webappRotation } from './index.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'log-files-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const open = (rotation: LogRotation, more: { readonly at?: string; readonly onTrouble?: (error: Error) => void; readonly now?: () => number } = {}) =>
  openLogFile({ directory: more.at ?? directory, name: 'coreapp-wacore1', rotation, onTrouble: more.onTrouble ?? ((error) => expect.fail(error.message)), ...(more.now && { now: more.now }) });
const visible = async () => (await readdir(directory)).filter((name) => !name.startsWith('.')).toSorted();
const megabyte = `${'x'.repeat(1024 * 1024)}\n`;

describe('the files of a log', () => {
  it.each([
    ['gzip', /^[0-9]{8}T[0-9]{6}Z-[0-9]+-coreapp-wacore1\.log\.gz$/],
    ['none', /^[0-9]{8}T[0-9]{6}Z-[0-9]+-coreapp-wacore1\.log$/],
  ] as const)('are rotated by size with compression %s, and the last 30 stay', async (compression, rotatedName) => {
    for (let count = 0; count < 32; count += 1) {
      const file = open({ maxMegabytes: 1, compression });
      file.write(`${count} ${megabyte}`);
      await file.close();
    }
    const names = await visible();
    expect(names).toHaveLength(30);
    expect(names.filter((name) => rotatedName.test(name))).toHaveLength(29);
    const [first = ''] = names;
    const content = await readFile(join(directory, first));
    const text = (compression === 'gzip' ? gunzipSync(content) : content).toString();
    expect(text).toMatch(/^\d+ x+\n$/);
  });

  it('are rotated at 20 MB for a webapp, and at 15 MB and compressed for others [faq.log_rotation.webapp] [faq.log_rotation.coreapp]', () => {
    expect(webappRotation).toEqual({ maxMegabytes: 20, compression: 'none' });
    expect(defaultRotation).toEqual({ maxMegabytes: 15, compression: 'gzip' });
  });

  it('have what standard output has', async () => {
    const file = open(defaultRotation);
    const lines: string[] = [];
    const log = createLogger({ level: 'debug', process: 'coreapp', node: 'wacore1', destination: { write: (line) => void lines.push(line) }, file });
    log.debug('one');
    log.error({ err: new Error('two') }, 'failed');
    await file.close();
    expect(await readFile(join(directory, 'coreapp-wacore1.log'), 'utf8')).toBe(lines.join(''));
    expect(lines).toHaveLength(2);
  });

  it('hold up nobody while they cannot be written, and say afterwards how much is missing', async () => {
    const blocked = join(directory, 'logs');
    await writeFile(blocked, 'no directory');
    let nowMs = 0;
    const trouble = Promise.withResolvers<Error>();
    const file = open(defaultRotation, { at: blocked, now: () => nowMs, onTrouble: trouble.resolve });
    file.write('lost with the attempt\n');
    expect((await trouble.promise).message).toMatch(/ENOTDIR|EEXIST|not a directory/);
    for (let count = 0; count < 3; count += 1) file.write('left out\n');
    await rm(blocked);
    nowMs = 30_000;
    file.write('written\n');
    await file.close();
    const lines = (await readFile(join(blocked, 'coreapp-wacore1.log'), 'utf8')).trim().split('\n');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'warn', lines: 3, msg: 'lines left out of this file' });
    expect(lines[1]).toBe('written');
  });
});

describe('cleaning up', () => {
  const make = async (name: string, ageS: number) => {
    await writeFile(join(directory, name), '');
    await utimes(join(directory, name), new Date(Date.now() - ageS * 1000), new Date(Date.now() - ageS * 1000));
  };

  it('leaves the last 30 files of each log and touches nothing else [faq.cleanup]', async () => {
    for (let count = 0; count < 40; count += 1) await make(`20260101T0000${String(count).padStart(2, '0')}Z-1-webapp-w1.log`, 1_000 - count);
    for (let count = 0; count < 5; count += 1) await make(`20260101T00000${count}Z-1-coreapp-c1.log.gz`, 5_000);
    for (const name of ['webapp-w1.log', 'coreapp-c1.log', 'notes.txt', '.webapp-w1.history']) await make(name, 9_000);
    const removed = await cleanUpLogs(directory);
    expect(removed.toSorted()).toEqual(Array.from({ length: 11 }, (_, count) => `20260101T0000${String(count).padStart(2, '0')}Z-1-webapp-w1.log`));
    expect((await readdir(directory)).filter((name) => name.includes('webapp-w1.log'))).toHaveLength(30);
    expect(await readdir(directory)).toEqual(expect.arrayContaining(['coreapp-c1.log', 'notes.txt', '.webapp-w1.history']));
    expect(await cleanUpLogs(directory)).toEqual([]);
  });

  it('is a command', async () => {
    const command = new URL('cleanup.ts', import.meta.url).pathname;
    const run = (...args: string[]) => promisify(execFile)(process.execPath, ['--conditions=source', command, ...args], { env: {} });
    expect((await run(directory)).stdout).toBe(`0 log files removed from ${directory}\n`);
    await expect(run()).rejects.toMatchObject({ code: 2 });
    await expect(run(join(directory, 'missing'))).rejects.toMatchObject({ code: 1 });
  });
});
