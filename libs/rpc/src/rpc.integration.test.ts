import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { ApiError, type NodeHealth } from '@multiconnect/contract';
import { createLogger } from '@multiconnect/telemetry';
import { afterEach, describe, expect, it } from 'vitest';
import { createRpcClient, RpcRefused, type RpcHandlers, RpcTimeout, RpcUnreachable, startRpcServer } from './index.ts';

const clusterSecret = 'a secret of the cluster';
const host = '127.0.0.1';
const health: NodeHealth = { gateway_status: 'connected', role: 'coreapp', shards: [0] };
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function loggedTo(lines: string[]) {
  return createLogger({ level: 'debug', process: 'coreapp', node: 'n', destination: { write: (line) => void lines.push(line) } });
}

async function serve(handlers: RpcHandlers, port = 0, lines: string[] = []) {
  const server = await startRpcServer({ host, port, clusterSecret, handlers, log: loggedTo(lines) });
  closing.push(() => server.close().catch(() => undefined));
  return server;
}

function client(secret = clusterSecret, timeoutMs = 5000) {
  const rpc = createRpcClient({ clusterSecret: secret, timeoutMs });
  closing.push(() => rpc.close());
  return rpc;
}

/** Accepts connections and says nothing. */
async function silentServer(): Promise<Server> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  closing.push(() => server.close());
  return server;
}

describe('a call', () => {
  it('reaches its handler and brings back the answer, many at once over one connection', async () => {
    const seen = new Set<string>();
    const { port } = await serve({
      'contacts.check': ({ contacts }) => Promise.resolve(contacts.map((input) => ({ input, status: 'valid', wa_id: input }))),
      'health.get': (_request, { trace }) => {
        seen.add(String(trace));
        return Promise.resolve(health);
      },
    });
    const rpc = client();
    const inputs = Array.from({ length: 200 }, (_, index) => `+4915100000${index} ü😀`);
    const answers = await Promise.all(
      inputs.map((input) => rpc.call({ host, port }, 'contacts.check', { account: 1, contacts: [input], wait: true, forceCheck: false })),
    );
    expect(answers.flat().map(({ input }) => input)).toEqual(inputs);
    const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    expect(await rpc.call({ host, port }, 'health.get', {}, { trace })).toEqual(health);
    expect([...seen]).toEqual([trace]);
  });

  it('keeps the kind, details and waiting time of an ApiError; any other error is internal and stays where it happened', async () => {
    const lines: string[] = [];
    const { port } = await serve(
      {
        'registration.verify': () => Promise.reject(new ApiError('forbidden', 'Please wait 1 hour(s) 0 minute(s) before trying again', 3600)),
        'health.get': () => Promise.reject(new RangeError('inner workings')),
      },
      0,
      lines,
    );
    const rpc = client();
    const refused = await rpc.call({ host, port }, 'registration.verify', { code: 'x' }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ name: 'ApiError', kind: 'forbidden', status: 403, retryAfterS: 3600, body: { code: 1005, details: 'Please wait 1 hour(s) 0 minute(s) before trying again' } });
    const internal = await rpc.call({ host, port }, 'health.get', {}).catch((error: unknown) => error);
    expect(internal).toMatchObject({ name: 'ApiError', kind: 'internal' });
    expect(JSON.stringify(internal)).not.toContain('inner workings');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('inner workings');
  });

  it('is refused under another secret, logged once and without its content', async () => {
    const lines: string[] = [];
    let calls = 0;
    const { port } = await serve(
      {
        'registration.verify': () => {
          calls++;
          return Promise.resolve({});
        },
      },
      0,
      lines,
    );
    await expect(client('another secret of 16').call({ host, port }, 'registration.verify', { code: 'cAnArY' })).rejects.toBeInstanceOf(RpcRefused);
    expect(calls).toBe(0);
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([expect.objectContaining({ msg: 'call refused', reason: 'forged' })]);
    expect(lines.join()).not.toContain('cAnArY');
  });

  it('is refused where there is no such handler', async () => {
    const { port } = await serve({});
    await expect(client().call({ host, port }, 'health.get', {})).rejects.toBeInstanceOf(RpcRefused);
  });

  it('ends as RpcUnreachable when its server goes away, and the next one reaches the restarted server', async () => {
    let arrived: () => void = () => undefined;
    const arrival = new Promise<void>((resolve) => (arrived = resolve));
    const first = await serve({
      'health.get': () => {
        arrived();
        return new Promise(() => undefined);
      },
    });
    const { port } = first;
    const rpc = client();
    const outcome = rpc.call({ host, port }, 'health.get', {}).catch((error: unknown) => error);
    await arrival;
    await first.close();
    expect(await outcome).toBeInstanceOf(RpcUnreachable);
    await expect(rpc.call({ host, port }, 'health.get', {})).rejects.toBeInstanceOf(RpcUnreachable);
    await serve({ 'health.get': () => Promise.resolve(health) }, port);
    expect(await rpc.call({ host, port }, 'health.get', {})).toEqual(health);
  });

  it('ends as RpcTimeout when nobody answers, and the next one takes a new connection', async () => {
    const server = await silentServer();
    let connections = 0;
    server.on('connection', () => connections++);
    const { port } = server.address() as AddressInfo;
    const rpc = client(clusterSecret, 100);
    await expect(rpc.call({ host, port }, 'health.get', {})).rejects.toBeInstanceOf(RpcTimeout);
    await expect(rpc.call({ host, port }, 'health.get', {})).rejects.toBeInstanceOf(RpcTimeout);
    expect(connections).toBe(2);
  });
});

describe('the server', () => {
  it('lives through garbage, without repeating it in the log', async () => {
    const lines: string[] = [];
    const { port } = await serve({ 'health.get': () => Promise.resolve(health) }, 0, lines);
    const packets = ['{"pattern":"health.get","data":"cAnArY","id":"1"}', '{"pattern":"cAnArY"}', 'null', '"cAnArY"', '[[[]]]', '{cAnArY'];
    for (const raw of [...packets.map((packet) => `${packet.length}#${packet}`), 'cAnArY#x', `99999999#${'x'.repeat(100)}`]) {
      const socket = connect(port, host);
      socket.on('error', () => undefined);
      socket.end(raw);
      socket.resume();
      await once(socket, 'close');
    }
    expect(await client().call({ host, port }, 'health.get', {})).toEqual(health);
    expect(lines.join()).not.toContain('cAnArY');
  });

  it('says when its port is taken', async () => {
    const { port } = await serve({});
    await expect(serve({}, port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
