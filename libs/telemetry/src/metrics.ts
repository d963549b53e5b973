import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** A registry with the runtime's own metrics (event loop delay, heap, garbage collection), labelled with process and node. */
export function createMetrics({ process, node }: { readonly process: string; readonly node: string }): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ process, node });
  collectDefaultMetrics({ register: registry });
  return registry;
}

export interface MetricsServerOptions {
  /** 0: any free port. */
  readonly port: number;
  readonly host: string;
  readonly registry: Registry;
  /** A rejection counts as not ready. */
  readonly ready: () => Promise<boolean> | boolean;
}

export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

async function isReady(ready: MetricsServerOptions['ready']): Promise<boolean> {
  try {
    return await ready();
  } catch {
    return false;
  }
}

/** A database that does not answer must not take the metrics along. */
const readyLimitMs = 1000;

function measureReadiness({ registry, ready }: MetricsServerOptions): void {
  new Gauge({
    name: 'multiconnect_ready',
    help: '1 while /readyz says that the process can do its work',
    registers: [registry],
    async collect() {
      const answered = await Promise.race([isReady(ready), sleep(readyLimitMs, false, { ref: false })]);
      this.set(answered ? 1 : 0);
    },
  });
}

type Answer = readonly [status: number, body: string, contentType: string];
const text = 'text/plain';

async function answerTo(path: string, { registry, ready }: MetricsServerOptions): Promise<Answer> {
  switch (path) {
    case '/metrics':
      return [200, await registry.metrics(), registry.contentType];
    case '/healthz':
      return [200, 'ok\n', text];
    case '/readyz':
      return (await isReady(ready)) ? [200, 'ready\n', text] : [503, 'not ready\n', text];
    default:
      return [404, 'not found\n', text];
  }
}

async function respond(path: string, response: ServerResponse, options: MetricsServerOptions): Promise<void> {
  const [status, body, contentType] = await answerTo(path, options).catch((): Answer => [500, 'a metric cannot be collected\n', text]);
  response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' }).end(body);
}

/** Serves `/metrics`, with `multiconnect_ready` in it, `/healthz` and `/readyz`. Rejects when it cannot listen. */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  measureReadiness(options);
  const server = createServer((request, response) => {
    void respond((request.url ?? '/').split('?', 1)[0] ?? '/', response, options);
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');
  server.unref();
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
