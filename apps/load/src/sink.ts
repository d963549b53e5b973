import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StatusCallback {
  readonly id: string;
  readonly status: string;
}

export interface Sink {
  /** What `webhooks.url` is to be set to. */
  readonly url: string;
  close(): Promise<void>;
}

/** A business's back end that takes every callback. `atMs` is on the clock of `performance.now()`, when the request came. */
export async function openSink(onStatus: (callback: StatusCallback, atMs: number) => void, host = '127.0.0.1'): Promise<Sink> {
  const server = createServer((request, response) => {
    const atMs = performance.now();
    read(request).then(
      (statuses) => {
        response.end();
        for (const status of statuses) onStatus(status, atMs);
      },
      () => response.writeHead(400).end(),
    );
  });
  // The gateway keeps its connections, and would lose a callback to one that is closed under it.
  server.keepAliveTimeout = 0;
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}/callbacks`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function read(request: IncomingMessage): Promise<readonly StatusCallback[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { readonly statuses?: readonly StatusCallback[] };
  return body.statuses ?? [];
}
