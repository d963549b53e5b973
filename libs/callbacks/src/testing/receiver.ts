import { execFileSync } from 'node:child_process';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A back end for tests: real HTTP, answers as told. */
export interface Receiver {
  readonly url: string;
  readonly received: ReceivedRequest[];
  /** TCP connections so far. */
  connections(): number;
  close(): Promise<void>;
}

type Answer = (response: ServerResponse, request: ReceivedRequest) => void;

async function listen(server: Server, scheme: string, received: ReceivedRequest[]): Promise<Receiver> {
  let connections = 0;
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${scheme}://localhost:${port}/hook`,
    received,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listener(received: ReceivedRequest[], answer: Answer): RequestListener {
  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const seen = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() };
      received.push(seen);
      answer(response, seen);
    });
  };
}

export function startReceiver(answer: Answer): Promise<Receiver> {
  const received: ReceivedRequest[] = [];
  return listen(createServer(listener(received, answer)), 'http', received);
}

export function startTlsReceiver(answer: Answer, identity: { readonly cert: string; readonly key: string }): Promise<Receiver> {
  const received: ReceivedRequest[] = [];
  return listen(createTlsServer(identity, listener(received, answer)), 'https', received);
}

/** A certificate for `localhost` that only who is given it trusts. */
export function selfSignedIdentity(): { readonly cert: string; readonly key: string } {
  const pem = execFileSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', '-', '-out', '-'],
  ]).toString();
  const part = (label: string) => {
    const match = new RegExp(`-----BEGIN ${label}-----[^-]+-----END ${label}-----`).exec(pem);
    if (!match) throw new Error(`openssl gave no ${label}`);
    return match[0];
  };
  return { cert: part('CERTIFICATE'), key: part('PRIVATE KEY') };
}
