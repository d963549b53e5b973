import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { descendants, isAlive } from './child.ts';
import { down, status } from './commands.ts';
import { databaseUrl, dropDatabase } from './database.ts';
import { portVariables } from './environment.ts';
import { freePort } from './ports.ts';
import { printedProgress } from './progress.ts';
import { readState } from './state.ts';
import { type Introduce, supervise } from './supervisor.ts';
import { testClusterNames, testServices } from './testing/index.ts';
import { standInPrograms } from './testing/stand-in-program.ts';

const dir = mkdtempSync(join(tmpdir(), 'multiconnect-up-'));
const introduce: Introduce = () =>
  Promise.resolve({ credentials: { user: 'admin', password: 'known' }, businessNumber: '+16315550000', lines: ['It is up.'] });

const database = testClusterNames().databases.cluster;

let env: NodeJS.ProcessEnv = {};
beforeAll(async () => {
  const { postgresUrl, redisUrl, xmpp, ejabberdApiUrl } = testServices();
  env = {
    PATH: process.env['PATH'],
    MULTICONNECT_POSTGRES_URL: databaseUrl(postgresUrl, database),
    MULTICONNECT_REDIS_URL: redisUrl,
    MULTICONNECT_XMPP_DOMAIN: xmpp.domain,
    MULTICONNECT_XMPP_ROUTES: `${xmpp.host}:${xmpp.port}:starttls`,
    MULTICONNECT_EJABBERD_API_URL: ejabberdApiUrl,
    [portVariables.webapp]: String(await freePort()),
    [portVariables.registry]: String(await freePort()),
    [portVariables.callbackSink]: String(await freePort()),
  };
});
afterAll(async () => {
  rmSync(dir, { recursive: true, force: true });
  for (const name of [database, `${database}_registry`]) await dropDatabase(databaseUrl(testServices().postgresUrl, name));
});

interface Up {
  readonly lines: readonly string[];
  readonly isUp: Promise<void>;
  readonly exitCode: Promise<number>;
  interrupt(): void;
}

const up = (overrides: NodeJS.ProcessEnv = {}): Up => {
  const lines: string[] = [];
  const controller = new AbortController();
  const { promise: isUp, resolve } = Promise.withResolvers<undefined>();
  const exitCode = supervise({
    ...{ dir, introduce, signal: controller.signal, env: { ...env, ...overrides } },
    progress: printedProgress((line) => lines.push(line)),
    programs: standInPrograms(join(dir, 'programs')),
    onUp: () => resolve(undefined),
  });
  return { lines, isUp, exitCode, interrupt: () => controller.abort() };
};

const run = async (command: typeof status): Promise<{ readonly code: number; readonly text: string }> => {
  const lines: string[] = [];
  const code = await command(dir, (line) => lines.push(line));
  return { code, text: lines.join('\n') };
};

describe('up', () => {
  let before: readonly number[] = [];
  beforeEach(() => {
    before = descendants(process.pid);
  });

  test('shows each step, keeps a cluster up until it is interrupted, and ends all of it', async () => {
    const first = up();
    await first.isUp;
    for (const name of ['registry', 'master1', 'master2', 'coreapp1', 'coreapp2', 'coreapp3', 'webapp1']) {
      expect(first.lines).toContainEqual(expect.stringMatching(new RegExp(`^  ✓ ${name} is ready \\(\\d+\\.\\d s\\)$`)));
    }
    expect(first.lines.at(-1)).toBe('It is up.');
    expect(statSync(join(dir, 'state.json')).mode & 0o777).toBe(0o600);
    expect(readState(dir)).toMatchObject({ user: 'admin', password: 'known', businessNumber: '+16315550000' });

    const { code, text } = await run(status);
    expect(code).toBe(0);
    expect(text).toMatch(/^coreapp2 +\d+ +\d+ +ready +.*coreapp2\.log$/m);
    expect(text).toMatch(/^PostgreSQL +external +\d+ +ready$/m);

    const second = up();
    expect(await second.exitCode).toBe(0);
    expect(second.lines).toEqual([`Multiconnect is up already: https://localhost:${env[portVariables.webapp] ?? ''}`]);

    first.interrupt();
    expect(await first.exitCode).toBe(0);
    expect(descendants(process.pid)).toEqual(before);
    expect(await run(status)).toEqual({ code: 1, text: 'Multiconnect is not up.' });
  });

  test('status tells of a process that died', async () => {
    const first = up();
    await first.isUp;
    const coreapp = readState(dir)?.processes.find(({ name }) => name === 'coreapp3');
    process.kill(coreapp?.pid ?? 0, 'SIGKILL');
    while (!first.lines.some((line) => line.includes('coreapp3 died'))) await new Promise(setImmediate);
    const { code, text } = await run(status);
    expect(code).toBe(1);
    expect(text).toMatch(/^coreapp3 +\d+ +\d+ +dead /m);
    first.interrupt();
    expect(await first.exitCode).toBe(0);
  });

  test('an interrupt in the middle of the start ends what has been started', async () => {
    const first = up();
    while (!first.lines.some((line) => line.includes('is ready'))) await new Promise(setImmediate);
    first.interrupt();
    expect(await first.exitCode).toBe(0);
    expect(descendants(process.pid)).toEqual(before);
  });

  test('a taken port is one line that says who wants it and how to change it', async () => {
    const port = await freePort();
    const occupant = createServer().listen(port, '127.0.0.1');
    await once(occupant, 'listening');
    const first = up({ [portVariables.webapp]: String(port) });
    expect(await first.exitCode).toBe(1);
    expect(first.lines).toEqual([
      `  ✗ port ${port} is taken by another program, the webapp (HTTPS) wants it; set MULTICONNECT_HTTP_PORT to use another`,
    ]);
    occupant.close();
  });

  test('a database that cannot be reached is one line that names it', async () => {
    const first = up({ MULTICONNECT_POSTGRES_URL: 'postgresql://nobody:wrong@127.0.0.1:1/none' });
    expect(await first.exitCode).toBe(1);
    expect(first.lines[0]).toEqual(expect.stringMatching(/^ {2}✗ PostgreSQL at 127\.0\.0\.1:1 cannot be used \(.*\)$/));
  });
});

describe('down', () => {
  test('ends the supervisor of the directory and all that it started', async () => {
    const module = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);
    const script = `
      const { supervise } = await import(${module('./supervisor.ts')});
      const { printedProgress } = await import(${module('./progress.ts')});
      const { standInPrograms } = await import(${module('./testing/stand-in-program.ts')});
      const controller = new AbortController();
      process.on('SIGTERM', () => controller.abort());
      await supervise({
        dir: ${JSON.stringify(dir)},
        env: process.env,
        programs: standInPrograms(${JSON.stringify(join(dir, 'programs'))}),
        progress: printedProgress(() => undefined),
        introduce: async () => ({ credentials: { user: 'admin', password: 'x' }, businessNumber: '+1', lines: [] }),
        signal: controller.signal,
        onUp: () => console.log('up'),
      });
    `;
    const fromSource = ['--conditions=source', '--experimental-transform-types', '--no-warnings', '--input-type=module'];
    const supervisor = spawn(process.execPath, [...fromSource, '-e', script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    await once(createInterface(supervisor.stdout), 'line');
    const pids = (readState(dir)?.processes ?? []).flatMap(({ pid }) => pid ?? []);
    expect(pids).toHaveLength(7);
    expect(await run(down)).toEqual({ code: 0, text: 'Multiconnect is down.' });
    expect(pids.filter(isAlive)).toEqual([]);
    expect(await run(down)).toEqual({ code: 0, text: 'Multiconnect is not up.' });
  });
});
