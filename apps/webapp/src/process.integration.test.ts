import { parsePostgresUrl } from '@multiconnect/config';
import { createTestDatabase, testRedisPrefix } from '@multiconnect/local/testing';
import { openMessageStore } from '@multiconnect/message-store';
import { createLogger } from '@multiconnect/telemetry';
import { createSeal } from '@multiconnect/vault';
import { describe, expect, it, onTestFinished } from 'vitest';
import { basic, createApiClient } from './testing/client.ts';
import { startWebapp } from './webapp.ts';

const sealKey = Buffer.alloc(32, 7);

async function configured(overrides: { redisUrl?: string; drainDelayMs?: number } = {}) {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const postgres = parsePostgresUrl(database.url);
  if (postgres === undefined) throw new Error('TEST_POSTGRES_URL is no database URL');
  const lines: string[] = [];
  const log = createLogger({ level: 'info', process: 'webapp', node: 'test', destination: { write: (line) => void lines.push(line) } });
  const store = openMessageStore({ connection: postgres, seal: createSeal(sealKey), maxConnections: 2, applicationName: 'test', onConnectionLost: () => undefined });
  onTestFinished(() => store.close());
  const config = {
    nodeName: 'webapp1',
    logDir: undefined,
    logLevel: 'info' as const,
    metricsHost: '127.0.0.1',
    metricsPort: 0,
    postgres,
    redisUrl: process.env['TEST_REDIS_URL'] ?? '',
    storeConnections: undefined,
    redisPrefix: testRedisPrefix(),
    privateDestinations: 'all' as const,
    sealKey,
    clusterSecret: 'a secret of the test cluster',
    mediaDir: '/nonexistent',
    registryUrl: 'http://127.0.0.1:9',
    httpHost: '127.0.0.1',
    httpPort: 0,
    drainDelayMs: 0,
    jwtKey: 'j'.repeat(64),
    apiKey: 'an-api-key-for-tests',
    messagesRateLimit: undefined,
    othersRateLimit: undefined,
    maxOutboundBacklog: undefined,
    ...overrides,
  };
  return { config, log, lines, store };
}

type Configured = Awaited<ReturnType<typeof configured>>;

async function started({ config, log, store }: Configured) {
  const running = await startWebapp(config, log);
  let stopping: Promise<void> | undefined;
  const stop = () => (stopping ??= running.stop());
  onTestFinished(stop);
  const certificate = await store.certificates.find('web-server');
  const client = createApiClient(Number(running.details?.['http_port']), certificate?.pem ?? '');
  onTestFinished(() => client.close());
  const login = await client.request('POST', '/v1/users/login', {
    headers: { authorization: basic('admin', 'secret') },
    json: { new_password: 'Adm1n-Password!' },
  });
  const [user] = login.json['users'] as [{ token: string }];
  return { running: { ...running, stop }, client, token: user.token };
}

describe('the process', () => {
  it('waits for the schema, serves, accepts messages, shows the cluster and its metrics, and stops [health.read]', async () => {
    const process = await configured();
    const starting = started(process);
    await expect.poll(() => process.lines.join(), { timeout: 20_000 }).toContain('waiting for the store');
    await process.store.migrate();
    const { running, client, token } = await starting;
    expect(process.lines.join()).toContain('Unable to initialize config store');

    await process.store.accounts.codeRequested(1, { countryCode: '1', phoneNumber: '6315550000', certificate: 'x', verifiedName: 'Ann' });
    const key = (length: number) => new Uint8Array(length);
    await process.store.accounts.registered(
      1,
      { jid: '16315550000@chat.test', password: 'x' },
      { deviceId: 1, registrationId: 1, identityPublicKey: key(33), identityPrivateKey: key(32) },
    );
    const message = { to: '16315551001', text: { body: 'hello' } };
    await expect.poll(async () => (await client.request('POST', '/v1/messages', { token, json: message })).status, { timeout: 10_000 }).toBe(201);

    const health = await client.request('GET', '/v1/health', { headers: { authorization: 'Apikey an-api-key-for-tests' } });
    expect([health.status, health.json['health']]).toEqual([200, {}]);
    const metricsUrl = `http://127.0.0.1:${String(running.details?.['metrics_port'])}`;
    expect(await (await fetch(`${metricsUrl}/metrics`)).text()).toContain('api_requests_duration_ms_count');
    expect((await fetch(`${metricsUrl}/readyz`)).status).toBe(200);
  });

  it('accepts messages while Redis is away, and says so once', async () => {
    const process = await configured({ redisUrl: 'redis://127.0.0.1:1' });
    await process.store.migrate();
    const { client, token } = await started(process);
    await process.store.accounts.codeRequested(1, { countryCode: '1', phoneNumber: '6315550000', certificate: 'x', verifiedName: 'Ann' });
    const key = (length: number) => new Uint8Array(length);
    await process.store.accounts.registered(1, { jid: 'a@chat.test', password: 'x' }, { deviceId: 1, registrationId: 1, identityPublicKey: key(33), identityPrivateKey: key(32) });
    const message = { to: '16315551001', text: { body: 'hello' } };
    await expect.poll(async () => (await client.request('POST', '/v1/messages', { token, json: message })).status, { timeout: 10_000 }).toBe(201);
    for (let count = 0; count < 20; count += 1) expect((await client.request('POST', '/v1/messages', { token, json: message })).status).toBe(201);
    expect(process.lines.filter((line) => line.includes('Redis connection lost')).length).toBeLessThanOrEqual(2);
  });

  it('told to stop, is no longer ready but answers on, also on new connections, and ends each with its answer', async () => {
    const process = await configured({ drainDelayMs: 2_000 });
    await process.store.migrate();
    const { running, client } = await started(process);
    const health = () => client.request('GET', '/v1/health', { headers: { authorization: 'Apikey an-api-key-for-tests' } });
    expect((await health()).headers.connection).toBe('keep-alive');
    const stopped = running.stop();
    const metricsUrl = `http://127.0.0.1:${String(running.details?.['metrics_port'])}`;
    expect((await fetch(`${metricsUrl}/readyz`)).status).toBe(503);
    for (const answer of [await health(), await health()]) expect([answer.status, answer.headers.connection]).toEqual([200, 'close']);
    await stopped;
    await expect(health()).rejects.toThrow('ECONNREFUSED');
  });

  it('refuses a database that cannot be reached, with the reason', async () => {
    const { config, log } = await configured();
    const refused = startWebapp({ ...config, postgres: { ...config.postgres, port: 1 } }, log, { storeWaitMs: 100 });
    await expect(refused).rejects.toThrow(/^Unable to initialize config store: /);
  });
});
