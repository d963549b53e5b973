import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StatusCallback {
  readonly id: string;
  readonly status: string;
}

export interface MessageCallback {
  /** wa_id digits. */
  readonly from: string;
  readonly text?: { readonly body: string };
}

/** `atMs` is on the clock of `performance.now()`, when the request came. */
export interface SinkEvents {
  onStatus(callback: StatusCallback, atMs: number): void;
  onMessage(callback: MessageCallback, atMs: number): void;
}

export interface Sink {
  /** What `webhooks.url` is to be set to. */
  readonly url: string;
  close(): Promise<void>;
}

interface Body {
  readonly statuses?: readonly StatusCallback[];
  readonly messages?: readonly MessageCallback[];
}

/** A business's back end that takes every callback. */
export async function openSink(events: SinkEvents, host = '127.0.0.1'): Promise<Sink> {
  const server = createServer((request, response) => {
    const atMs = performance.now();
    read(request, (body) => {
      response.end();
      body.statuses?.forEach((status) => events.onStatus(status, atMs));
      body.messages?.forEach((message) => events.onMessage(message, atMs));
    });
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

/** Listeners and no stream iterator: a third of the processor's time at hundreds of callbacks a second. */
function read(request: IncomingMessage, then: (body: Body) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.once('end', () => then(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Body));
}
