import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { descendants, isAlive } from './child.ts';
import { ExternalServiceError, PortTakenError, ProcessFailedError } from './errors.ts';
import { freePort } from './ports.ts';
import { probeRedis, probeXmpp } from './probe.ts';
import { type Services, startServices } from './services.ts';

const dirs: string[] = [];
const temporaryDir = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'multiconnect-services-'));
  chmodSync(dir, 0o711);
  dirs.push(dir);
  return dir;
};
afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

const query = async (url: string, sql: string): Promise<readonly Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
};

const untilGone = async (pids: readonly number[]): Promise<void> => {
  while (pids.some(isAlive)) await delay(10);
};

const api = (services: Services, command: string, body: object): Promise<Response> =>
  fetch(`${services.ejabberdApiUrl}/${command}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

describe('running services', () => {
  const deaths: ProcessFailedError[] = [];
  let services: Services;
  beforeAll(async () => {
    services = await startServices({ dir: temporaryDir(), onDeath: (error) => deaths.push(error) });
  });
  afterAll(() => services.stop());

  test('PostgreSQL answers and writes durably', async () => {
    expect(await query(services.postgresUrl, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
  });

  test('the password file is its owner’s alone', () => {
    const file = join(services.dir, 'postgres', 'password');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(services.postgresUrl).toContain(readFileSync(file, 'utf8'));
  });

  test('accounts are kept in SQL, hashed', async () => {
    const password = 'never-stored-in-clear';
    expect((await api(services, 'register', { user: '+16315550000', host: services.xmpp.domain, password })).ok).toBe(true);
    const users = await api(services, 'registered_users', { host: services.xmpp.domain });
    expect(await users.json()).toContain('+16315550000');
    const database = new DatabaseSync(join(services.dir, 'ejabberd', 'spool', 'ejabberd.sqlite'), { readOnly: true });
    const stored = database.prepare('SELECT username, password FROM users').all();
    database.close();
    expect(stored).toEqual([{ username: '+16315550000', password: expect.any(String) as string }]);
    expect(stored[0]?.['password']).not.toContain(password);
  });

  test('two hundred accounts asked for at once are all registered', async () => {
    const register = async (index: number): Promise<boolean> => {
      const body = { user: `fleet-${index}`, host: services.xmpp.domain, password: `password-${index}` };
      const response = await api(services, 'register', body);
      await response.arrayBuffer();
      return response.ok;
    };
    const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => register(index)));
    expect(answers.filter((ok) => !ok)).toEqual([]);
  });

  test('a killed service comes back on its port with its data, and nobody reports a death', async () => {
    await query(services.postgresUrl, 'CREATE TABLE kept (n int)');
    const before = services.pids;
    await Promise.all((['postgres', 'redis', 'ejabberd'] as const).map((name) => services.kill(name)));
    expect(services.pids).toEqual({});
    await Promise.all((['postgres', 'redis', 'ejabberd'] as const).map((name) => services.restart(name)));
    expect(Object.keys(services.pids)).toHaveLength(3);
    expect(Object.values(services.pids)).not.toEqual(expect.arrayContaining(Object.values(before)));
    expect(await query(services.postgresUrl, 'SELECT * FROM kept')).toEqual([]);
    await probeRedis(Number(new URL(services.redisUrl).port));
    await probeXmpp(services.xmpp.domain, services.xmpp.port);
    const users = await api(services, 'registered_users', { host: services.xmpp.domain });
    expect(await users.json()).toContain('+16315550000');
    expect(deaths).toEqual([]);
  });

  test('a service that dies is reported in one line with its log', async () => {
    const redis = services.pids.redis ?? 0;
    process.kill(redis, 'SIGKILL');
    while (deaths.length === 0) await delay(10);
    expect(deaths[0]?.message).toBe(`Redis died (signal SIGKILL); see ${services.logs.redis ?? ''}`);
    await services.restart('redis');
  });
});

describe('ending', () => {
  test('stop leaves no process behind', async () => {
    const services = await startServices({ dir: temporaryDir() });
    const started = Object.values(services.pids);
    const all = [...started, ...started.flatMap(descendants)];
    expect(all.length).toBeGreaterThan(3);
    await services.stop();
    expect(all.filter(isAlive)).toEqual([]);
  });

  test('services end with the process that started them, even by SIGKILL', async () => {
    const script = `
      const { startServices } = await import(${JSON.stringify(new URL('./services.ts', import.meta.url).href)});
      const services = await startServices({ dir: ${JSON.stringify(temporaryDir())} });
      console.log(JSON.stringify(Object.values(services.pids)));
    `;
    const owner = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface(owner.stdout), 'line')) as [string];
    const started = JSON.parse(line) as number[];
    const all = [...started, ...started.flatMap(descendants)];
    owner.kill('SIGKILL');
    await untilGone(all);
    expect(started).toHaveLength(3);
  });
});

describe('what cannot start', () => {
  let occupant: Server | undefined;
  afterEach(() => {
    occupant?.close();
  });

  test('a taken port is named in one line, and nothing is left running', async () => {
    const port = await freePort();
    occupant = createServer().listen(port, '127.0.0.1');
    await once(occupant, 'listening');
    const before = descendants(process.pid);
    const attempt = startServices({ dir: temporaryDir(), ports: { redis: port } });
    await expect(attempt).rejects.toBeInstanceOf(PortTakenError);
    await expect(attempt).rejects.toThrow(
      `port ${port} is taken by another program, Redis wants it; set MULTICONNECT_LOCAL_REDIS_PORT to use another`,
    );
    expect(descendants(process.pid)).toEqual(before);
  });

  test('a service that ends while it starts is named in one line with its log', async () => {
    const dir = temporaryDir();
    const attempt = startServices({ dir, domain: 'not a domain' });
    await expect(attempt).rejects.toBeInstanceOf(ProcessFailedError);
    await expect(attempt).rejects.toThrow(/^ejabberd .*; see .*ejabberd\.log$/);
  });

  test('services named as external are neither started nor stopped', async () => {
    const services = await startServices({
      dir: temporaryDir(),
      external: {
        postgresUrl: process.env['TEST_POSTGRES_URL'],
        redisUrl: process.env['TEST_REDIS_URL'],
        ejabberd: {
          xmpp: { domain: 'chat.test', host: '127.0.0.1', port: 1, directTlsPort: 2, caFile: undefined },
          ejabberdApiUrl: 'http://127.0.0.1:3/api',
        },
      },
    });
    expect(services.pids).toEqual({});
    await expect(services.kill('postgres')).rejects.toThrow(ExternalServiceError);
    await services.stop();
    await query(process.env['TEST_POSTGRES_URL'] ?? '', 'SELECT 1');
  });
});
