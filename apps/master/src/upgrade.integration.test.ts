import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { parsePostgresUrl } from '@multiconnect/config';
import { openMessageStore } from '@multiconnect/message-store';
import { createSeal } from '@multiconnect/vault';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';

const entry = new URL('upgrade.ts', import.meta.url).pathname;
const nodeOptions = ['--conditions=source', '--experimental-transform-types', '--disable-warning=ExperimentalWarning'];

async function runUpgrade(env: Record<string, string>) {
  const child = spawn(process.execPath, [...nodeOptions, entry], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [[status], output, problems] = await Promise.all([once(child, 'exit') as Promise<[number]>, text(child.stdout), text(child.stderr)]);
  return { status, output, problems };
}

async function emptyDatabase(): Promise<string> {
  const name = `upgrade_${randomBytes(6).toString('hex')}`;
  const admin = new pg.Client({ connectionString: process.env['TEST_POSTGRES_URL'] });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  onTestFinished(async () => {
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.end();
  });
  const url = new URL(process.env['TEST_POSTGRES_URL'] ?? '');
  url.pathname = `/${name}`;
  return url.href;
}

async function checkSchema(url: string): Promise<void> {
  const connection = parsePostgresUrl(url);
  if (connection === undefined) throw new Error('the tests have no database');
  const store = openMessageStore({
    connection,
    seal: createSeal(Buffer.alloc(32, 7)),
    maxConnections: 1,
    applicationName: 'upgrade-test',
    onConnectionLost: () => undefined,
  });
  await store.check().finally(() => store.close());
}

describe('the upgrade of the database', () => {
  it('makes the schema, also where several run at a time and again, and needs no key', async () => {
    const url = await emptyDatabase();
    await expect(checkSchema(url)).rejects.toThrow('the database has no schema yet');
    const env = { MULTICONNECT_POSTGRES_URL: url, MULTICONNECT_NODE_NAME: 'upgrade1' };
    const together = await Promise.all([runUpgrade(env), runUpgrade(env), runUpgrade(env)]);
    expect([...together, await runUpgrade(env)].map(({ status }) => status)).toEqual([0, 0, 0, 0]);
    await expect(checkSchema(url)).resolves.toBeUndefined();
  });

  it('says why it cannot, and exits 1 for its caller to try again', async () => {
    const { status, output } = await runUpgrade({ MULTICONNECT_POSTGRES_URL: 'postgres://nobody:secret@127.0.0.1:1/none' });
    expect(status).toBe(1);
    expect(output).toContain('Unable to initialize config store');
    expect(output).not.toContain('secret');
  });

  it('names what its configuration lacks, and exits 2', async () => {
    const { status, problems } = await runUpgrade({});
    expect(status).toBe(2);
    expect(problems).toContain('upgrade: MULTICONNECT_POSTGRES_URL: is required');
  });
});
