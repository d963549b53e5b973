import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { assertPortFree } from './ports.ts';
import { portVariables } from './environment.ts';

export interface ReceivedCallback {
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The bytes as they came: a signature is made over them. */
  readonly rawBody: string;
  /** Parsed; the text itself where it is not JSON. */
  readonly body: unknown;
}

export interface CallbackSinkOptions {
  /** Any free one unless given. */
  readonly port?: number;
  readonly host?: string;
  /** How many of the latest are kept in memory. */
  readonly capacity?: number;
  /** Every callback is appended as one line of JSON; made empty at the start. */
  readonly file?: string;
  readonly onCallback?: (callback: ReceivedCallback) => void;
  /** The status to answer with; 200 unless given. */
  readonly answer?: (callback: ReceivedCallback) => number;
}

export interface CallbackSink {
  readonly port: number;
  /** What `webhooks.url` is set to. */
  readonly url: string;
  /** The latest, oldest first. */
  readonly callbacks: readonly ReceivedCallback[];
  /** The first callback, kept or still to come, that fits. Never resolves when none does. */
  waitFor(fits: (callback: ReceivedCallback) => boolean): Promise<ReceivedCallback>;
  stop(): Promise<void>;
}

interface Waiter {
  readonly fits: (callback: ReceivedCallback) => boolean;
  readonly resolve: (callback: ReceivedCallback) => void;
}

const defaultCapacity = 10_000;

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

const receive = async (request: IncomingMessage): Promise<ReceivedCallback> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const rawBody = Buffer.concat(chunks).toString('utf8');
  return { receivedAt: Date.now(), path: request.url ?? '/', headers: request.headers, rawBody, body: parsed(rawBody) };
};

/** A business's back end that takes every callback, answers 200 and remembers. */
export const startCallbackSink = async (options: CallbackSinkOptions = {}): Promise<CallbackSink> => {
  const { port = 0, host = '127.0.0.1', capacity = defaultCapacity, file } = options;
  if (port !== 0) await assertPortFree({ port, host, use: 'the callback sink', variable: portVariables.callbackSink });
  const callbacks: ReceivedCallback[] = [];
  const waiters = new Set<Waiter>();
  if (file !== undefined) writeFileSync(file, '', { mode: 0o600 });

  const record = (callback: ReceivedCallback): void => {
    callbacks.push(callback);
    if (callbacks.length > capacity) callbacks.shift();
    if (file !== undefined) appendFileSync(file, `${JSON.stringify(callback)}\n`);
    options.onCallback?.(callback);
    for (const waiter of waiters) {
      if (!waiter.fits(callback)) continue;
      waiters.delete(waiter);
      waiter.resolve(callback);
    }
  };

  const server = createServer((request, response) => {
    receive(request).then(
      (callback) => {
        record(callback);
        response.writeHead(options.answer?.(callback) ?? 200).end();
      },
      // The sender went away in the middle; it will try again.
      () => response.destroy(),
    );
  });
  server.listen(port, host);
  await once(server, 'listening');
  const boundPort = (server.address() as AddressInfo).port;
  return {
    port: boundPort,
    url: `http://${host}:${boundPort}/callbacks`,
    callbacks,
    waitFor: (fits) => {
      const kept = callbacks.find(fits);
      if (kept !== undefined) return Promise.resolve(kept);
      return new Promise((resolve) => waiters.add({ fits, resolve }));
    },
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};
