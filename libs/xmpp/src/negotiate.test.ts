import { afterEach, describe, expect, it } from 'vitest';
import { ConnectFailed, NotAuthorized, StreamConflict, StreamFailed } from './errors.ts';
import { ns } from './namespaces.ts';
import { account, connect } from './testing/fake-client.ts';
import { startFakeServer } from './testing/fake-server.ts';
import type { FakeServer, Script } from './testing/fake-server.ts';

const servers: FakeServer[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.stop()));

async function serve(script: Script = {}): Promise<FakeServer> {
  const server = await startFakeServer(script);
  servers.push(server);
  return server;
}

const failure = (condition: string) => () => `<failure xmlns='${ns.sasl}'><text>no</text><${condition}/></failure>`;

describe('logging in', () => {
  it('binds and switches stream management on, over STARTTLS as over direct TLS', async () => {
    for (const security of ['starttls', 'direct-tls'] as const) {
      const { stream } = await connect(await serve({ security }));
      expect(stream.jid).toBe(`${account.jid}/shard-1`);
      stream.abort();
    }
  });

  it('never sends the password without TLS', async () => {
    const features = () => `<mechanisms xmlns='${ns.sasl}'><mechanism>PLAIN</mechanism></mechanisms>`;
    const server = await serve({ security: 'starttls', features });
    await expect(connect(server)).rejects.toThrow(StreamFailed);
    expect(server.sessions[0]?.plaintext.join('')).not.toContain('auth');
  });

  it('refuses a certificate for another name', async () => {
    const server = await serve();
    await expect(connect(server, { account: { jid: 'a@other.test', password: 'x' } })).rejects.toThrow(/other\.test/);
  });

  it('refuses a certificate nobody vouches for', async () => {
    const server = await serve();
    await expect(connect(server, { ca: undefined as never })).rejects.toThrow(ConnectFailed);
  });

  it.each(['not-authorized', 'account-disabled', 'credentials-expired'])('reports %s as NotAuthorized, without trying other routes', async (condition) => {
    const server = await serve({ auth: failure(condition) });
    await expect(connect(server, { routes: [server.route, server.route] })).rejects.toThrow(NotAuthorized);
    expect(server.sessions).toHaveLength(1);
  });

  it('reports a passing failure of authentication as one that may be retried', async () => {
    await expect(connect(await serve({ auth: failure('temporary-auth-failure') }))).rejects.toThrow(StreamFailed);
  });

  it('reports a conflict', async () => {
    const bind = (id: string) => `<iq type='error' id='${id}'><error type='cancel'><conflict xmlns='${ns.stanzas}'/></error></iq>`;
    await expect(connect(await serve({ bind }))).rejects.toThrow(StreamConflict);
    const enable = () => `<stream:error><conflict xmlns='${ns.streamErrors}'/></stream:error></stream:stream>`;
    await expect(connect(await serve({ enable }))).rejects.toThrow(StreamConflict);
  });

  it('refuses a server without stream management', async () => {
    const features = (_secure: boolean, authenticated: boolean) =>
      authenticated ? `<bind xmlns='${ns.bind}'/>` : `<mechanisms xmlns='${ns.sasl}'><mechanism>PLAIN</mechanism></mechanisms>`;
    await expect(connect(await serve({ features }))).rejects.toThrow(/no stream management/);
    const enable = () => `<failed xmlns='${ns.sm}'/>`;
    await expect(connect(await serve({ enable }))).rejects.toThrow(/stream management refused/);
  });

  it('tries every route and gives the reason of each', async () => {
    const silent = await serve({ auth: () => ' ' });
    const gone = await serve({
      auth: (session) => {
        session.socket.destroy();
        return '';
      },
    });
    const closedPort = { host: '127.0.0.1', port: 1, security: 'starttls' as const };
    const attempt = connect(silent, { routes: [closedPort, silent.route, gone.route], connectTimeoutMs: 300 });
    const error = await attempt.catch((reason: unknown) => reason as ConnectFailed);
    expect(error).toBeInstanceOf(ConnectFailed);
    expect((error as ConnectFailed).attempts.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('ECONNREFUSED'),
      'timed out after 300 ms',
      expect.stringMatching(/closed|ECONNRESET/),
    ]);
  });

  it('goes on to a route that works', async () => {
    const broken = await serve({ enable: () => `<stream:error><system-shutdown xmlns='${ns.streamErrors}'/></stream:error>` });
    const server = await serve();
    const { stream } = await connect(server, { routes: [broken.route, server.route] });
    expect(stream.jid).toContain('shard-1');
    stream.abort();
  });

  it('ends when it is aborted', async () => {
    const server = await serve({ auth: () => ' ' });
    const reason = new Error('enough');
    await expect(connect(server, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const attempt = connect(server, { signal: controller.signal });
    setImmediate(() => controller.abort(reason));
    await expect(attempt).rejects.toBe(reason);
  });
});
