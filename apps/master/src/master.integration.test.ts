import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createRelay } from 'node:net';
import { systemClock } from '@multiconnect/clock';
import { createRedisHeartbeatStore, newBoot, type NodeIdentity } from '@multiconnect/cluster';
import { loadConfig, nodeConfig } from '@multiconnect/config';
import type { NodeHealth, RpcCalls, RpcPattern } from '@multiconnect/contract';
import { connectRedis } from '@multiconnect/queue';
import { createRpcClient } from '@multiconnect/rpc';
import { createLogger, type Running } from '@multiconnect/telemetry';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startMaster } from './master.ts';

const clusterSecret = 'a secret of the cluster';
const business = { cc: '1', phoneNumber: '6315550000', cert: 'certificate' };
const answers: Record<string, object> = {
  '/v1/certificates/check': { verified_name: 'Tea House', number: '16315550000' },
  '/v1/codes': {},
  '/v1/registrations': { jid: '+16315550000@chat.test', password: 'p' },
};
const closing: (() => unknown)[] = [];
const rpc = createRpcClient({ clusterSecret, timeoutMs: 5000 });
let environment: Record<string, string>;
let lines: string[];

async function startRegistry(): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answers[request.url ?? ''] ?? {}));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function newDatabase(): Promise<string> {
  const name = `master_${randomBytes(6).toString('hex')}`;
  const admin = new pg.Client({ connectionString: process.env['TEST_POSTGRES_URL'] });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  closing.push(async () => {
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.end();
  });
  const url = new URL(process.env['TEST_POSTGRES_URL'] ?? '');
  url.pathname = `/${name}`;
  return url.href;
}

interface TestMaster {
  call<Pattern extends RpcPattern>(pattern: Pattern, request: RpcCalls[Pattern]['request']): Promise<RpcCalls[Pattern]['answer']>;
  health(): Promise<NodeHealth>;
  stop(): Promise<void>;
}

async function start(name: string): Promise<TestMaster> {
  const config = loadConfig(nodeConfig, { ...environment, MULTICONNECT_NODE_NAME: name });
  const log = createLogger({ level: 'debug', process: 'master', node: name, destination: { write: (line) => void lines.push(line) } });
  const running: Running = await startMaster(config, log);
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= running.stop());
  closing.push(stop);
  const address = { host: '127.0.0.1', port: Number(running.details?.['rpc_port']) };
  return {
    call: (pattern, request) => rpc.call(address, pattern, request),
    health: () => rpc.call(address, 'health.get', {}),
    stop,
  };
}

async function roles(masters: readonly TestMaster[]): Promise<readonly string[]> {
  return (await Promise.all(masters.map((master) => master.health()))).map(({ role }) => role).sort();
}

async function leaderFirst(one: TestMaster, other: TestMaster): Promise<readonly [TestMaster, TestMaster]> {
  await vi.waitFor(async () => expect(await roles([one, other])).toEqual(['primary_master', 'secondary_master']), { timeout: 20_000 });
  return (await one.health()).role === 'primary_master' ? [one, other] : [other, one];
}

/** Beats as a coreapp would, and serves nothing. */
function startCoreapp(name: string): void {
  const redis = connectRedis(environment['MULTICONNECT_REDIS_URL'] ?? '', 'wait', () => undefined);
  const heartbeats = createRedisHeartbeatStore(redis, environment['MULTICONNECT_REDIS_PREFIX'] ?? '');
  const node: NodeIdentity = { id: `${name}:host`, boot: newBoot(), role: 'coreapp', host: '127.0.0.1', port: 1, startedAt: Date.now() };
  let beat = 0;
  const cancel = systemClock.every(200, () => {
    beat++;
    heartbeats.beat({ ...node, beat, draining: false, shards: [] }, 2000).catch(() => undefined);
  });
  closing.push(() => {
    cancel();
    redis.disconnect();
  });
}

beforeEach(async () => {
  lines = [];
  environment = {
    MULTICONNECT_POSTGRES_URL: await newDatabase(),
    MULTICONNECT_REDIS_URL: process.env['TEST_REDIS_URL'] ?? '',
    MULTICONNECT_REDIS_PREFIX: `test-${randomBytes(6).toString('hex')}`,
    MULTICONNECT_SEAL_KEY: randomBytes(32).toString('base64'),
    MULTICONNECT_CLUSTER_SECRET: clusterSecret,
    MULTICONNECT_REGISTRY_URL: await startRegistry(),
  };
});

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  rpc.close();
});

describe('masters', () => {
  it('started together on an empty database agree on one leader, and the other takes over', async () => {
    const [leader, follower] = await leaderFirst(...(await Promise.all([start('master1'), start('master2')])));
    expect(await follower.health()).toEqual({ gateway_status: 'unregistered', role: 'secondary_master', shards: [] });
    await leader.stop();
    await vi.waitFor(async () => expect((await follower.health()).role).toBe('primary_master'), { timeout: 20_000 });
  });

  it('let only the leader register, and give the shards to the coreapps that live', async () => {
    const [leader, follower] = await leaderFirst(...(await Promise.all([start('master1'), start('master2')])));
    const wanted = { ...business, method: 'sms' as const };
    await expect(follower.call('registration.request-code', wanted)).rejects.toMatchObject({ kind: 'notPrimaryMaster' });
    expect(await leader.call('registration.request-code', wanted)).toEqual({ state: 'code-sent', verifiedName: 'Tea House' });
    expect((await leader.health()).gateway_status).toBe('unregistered');

    await leader.call('registration.verify', { code: '222867' });
    await vi.waitFor(async () => expect((await leader.health()).gateway_status).toBe('connecting'), { timeout: 20_000 });
    expect((await follower.health()).gateway_status).toBe('disconnected');

    startCoreapp('wacore1');
    await vi.waitFor(async () => expect((await leader.health()).gateway_status).toBe('connected'), { timeout: 20_000 });

    await leader.call('registration.set-shards', { ...business, shards: 2 });
    const pool = new pg.Pool({ connectionString: environment['MULTICONNECT_POSTGRES_URL'] });
    const shards = async () => (await pool.query<{ shard: number }>('SELECT shard FROM shard WHERE owner IS NOT NULL ORDER BY shard')).rows;
    await vi.waitFor(async () => expect((await shards()).map(({ shard }) => shard)).toEqual([-1, 0, 1]), { timeout: 20_000 });
    await pool.end();
    expect(lines.join()).not.toContain('222867');
  });

  it('wait for a database that is away, say why, and lead once it is there', async () => {
    const database = new URL(environment['MULTICONNECT_POSTGRES_URL'] ?? '');
    const address = { port: Number(database.port), host: database.hostname };
    const relay = createRelay((socket) => {
      const upstream = connect(address);
      for (const [from, to] of [[socket, upstream], [upstream, socket]] as const) from.on('error', () => to.destroy()).pipe(to);
    });
    relay.listen(0, '127.0.0.1');
    await once(relay, 'listening');
    const { port } = relay.address() as AddressInfo;
    relay.close();
    await once(relay, 'close');
    database.port = String(port);
    environment = { ...environment, MULTICONNECT_POSTGRES_URL: database.href };

    const starting = start('master1');
    await vi.waitFor(() => expect(lines.join()).toContain('Unable to initialize config store: connect ECONNREFUSED'), { timeout: 20_000 });
    relay.listen(port, '127.0.0.1');
    closing.push(() => void relay.close());
    const master = await starting;
    await vi.waitFor(async () => expect((await master.health()).role).toBe('primary_master'), { timeout: 20_000 });
  });
});
