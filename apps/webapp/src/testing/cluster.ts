import { createRpcClient, type RpcHandlers, startRpcServer } from '@multiconnect/rpc';
import type { RegisteredNode } from '@multiconnect/cluster';
import { createLogger } from '@multiconnect/telemetry';

const clusterSecret = 'a secret of the test cluster';
const host = '127.0.0.1';
const silent = createLogger({ level: 'silent', process: 'test', node: 'test' });

/** Masters and coreapps that answer over real connections, with the handlers of the day. */
export async function startTestCluster() {
  const handlers: { master: RpcHandlers; secondMaster: RpcHandlers; coreapp: RpcHandlers } = { master: {}, secondMaster: {}, coreapp: {} };
  const patterns = [
    'contacts.check', 'registration.request-code', 'registration.verify', 'registration.set-shards', 'registration.set-pin', 'settings.changed',
    'health.get',
    'stats.app', 'stats.app-internal', 'stats.db', 'stats.db-internal', 'support.get', 'garbage.collect-messages', 'garbage.collect-media',
  ] as const;

  /** Looks the handler up at each call, so that a test can change it. */
  const delegating = (name: keyof typeof handlers): RpcHandlers =>
    Object.fromEntries(
      patterns.map((pattern) => [
        pattern,
        (request: never, context: never) => {
          const handler = handlers[name][pattern] as ((request: never, context: never) => Promise<unknown>) | undefined;
          if (!handler) throw new Error(`no handler of ${pattern} in this test`);
          return handler(request, context);
        },
      ]),
    );

  const started = await Promise.all(
    (['master', 'secondMaster', 'coreapp'] as const).map(async (name) => {
      const server = await startRpcServer({ host, port: 0, clusterSecret, handlers: delegating(name), log: silent });
      const node: RegisteredNode = { id: `${name}:1`, role: name === 'coreapp' ? 'coreapp' : 'master', host, port: server.port, startedAt: 0, ageMs: 0 };
      return { server, node };
    }),
  );
  const rpc = createRpcClient({ clusterSecret, timeoutMs: 2000 });
  const state = { nodes: started.map(({ node }) => node) };
  return {
    handlers,
    rpc,
    /** The registered nodes; a test may take some away. */
    state,
    listNodes: () => Promise.resolve(state.nodes),
    async close() {
      rpc.close();
      await Promise.all(started.map(({ server }) => server.close()));
    },
  };
}

export type TestCluster = Awaited<ReturnType<typeof startTestCluster>>;
