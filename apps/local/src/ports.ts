import { createServer } from 'node:net';
import { PortTakenError } from './errors.ts';

export interface WantedPort {
  readonly port: number;
  /** What listens there, for messages: `PostgreSQL`. */
  readonly use: string;
  /** The environment variable that chooses another port. */
  readonly variable?: string | undefined;
  /** The address to listen on; loopback unless given. */
  readonly host?: string | undefined;
}

const firstPort = 20_000;
const portCount = 12_000;
const handedOut = new Set<number>();

const canListen = (port: number, host = '127.0.0.1'): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });

/**
 * A loopback port nobody listens on, never given twice by this process. It lies below the range that outgoing
 * connections take their ports from: a service that is restarted must find its port still free, and a client that
 * dials a dead port must not connect to itself.
 */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = firstPort + Math.floor(Math.random() * portCount);
    if (handedOut.has(port)) continue;
    handedOut.add(port);
    if (await canListen(port)) return port;
  }
};

/** @throws PortTakenError */
export const assertPortFree = async ({ port, use, variable, host }: WantedPort): Promise<void> => {
  if (!(await canListen(port, host))) throw new PortTakenError(port, use, variable);
};
