import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFakeClock, type FakeClock } from '@multiconnect/clock';
import { parsePostgresUrl, type RegistryConfig } from '@multiconnect/config';
import { createLogger } from '@multiconnect/telemetry';
import { createTestDatabase } from '@multiconnect/local/testing';
import { type RunningRegistry, startRegistry } from '../start.ts';

export const operatorToken = 'token of the operator';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A registry with its own database, on the test run's PostgreSQL and ejabberd, on a clock that stands still. */
export interface TestRegistry {
  readonly clock: FakeClock;
  readonly url: string;
  readonly domain: string;
  readonly databaseUrl: string;
  readonly config: RegistryConfig;
  readonly codeFile: string;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  operate(path: string, body: unknown): Promise<Answer>;
  /** The last code sent to a number. */
  codeOf(number: string): Promise<string>;
  /** Calls ejabberd's API. */
  ejabberd(command: string, fields: object): Promise<Answer>;
  stop(): Promise<void>;
}

const required = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
};

async function post(url: string, body: unknown, headers: Readonly<Record<string, string>>): Promise<Answer> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json() };
}

export async function startTestRegistry(changes: Partial<RegistryConfig> = {}): Promise<TestRegistry> {
  const database = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'registry-'));
  const codeFile = join(folder, 'codes');
  const apiUrl = required('TEST_EJABBERD_API_URL');
  const domain = required('TEST_XMPP_DOMAIN');
  const postgres = parsePostgresUrl(database.url);
  if (!postgres) throw new Error('TEST_POSTGRES_URL is no URL of a database');
  const config: RegistryConfig = {
    nodeName: 'test',
    logDir: undefined,
    logLevel: 'error',
    metricsHost: '127.0.0.1',
    metricsPort: 0,
    registryHost: '127.0.0.1',
    registryPort: 0,
    postgres,
    ejabberdApiUrl: apiUrl,
    xmppDomain: domain,
    operatorToken,
    codeSender: { kind: 'log', file: codeFile },
    ...changes,
  };
  const clock = createFakeClock({ startMs: Date.now() });
  const log = createLogger({ level: 'silent', process: 'registry', node: 'test' });
  const registry: RunningRegistry = await startRegistry(config, log, clock);
  const url = `http://127.0.0.1:${registry.port}`;

  return {
    clock,
    url,
    domain,
    config,
    codeFile,
    databaseUrl: database.url,
    post: (path, body, headers = {}) => post(url + path, body, headers),
    operate: (path, body) => post(url + path, body, { authorization: `Bearer ${operatorToken}` }),
    async codeOf(number) {
      const lines = (await readFile(codeFile, 'utf8')).trim().split('\n');
      const sent = lines.map((line) => JSON.parse(line) as { number: string; code: string });
      const last = sent.filter((message) => message.number === number).at(-1);
      if (!last) throw new Error('no code was sent');
      return last.code;
    },
    ejabberd: (command, fields) => post(`${apiUrl}/${command}`, { host: domain, ...fields }, {}),
    async stop() {
      await registry.stop();
      await database.drop();
      await rm(folder, { recursive: true });
    },
  };
}

/** A number that no other test uses. */
export function freshNumber(): string {
  return `1631555${String(Math.floor(Math.random() * 10 ** 8)).padStart(8, '0')}`;
}
