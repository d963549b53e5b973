import { connect } from 'node:net';
import pg from 'pg';

const probeLimitMs = 2_000;

/** Sends the text, resolves with what came back once it contains `expected`. */
const talk = (port: number, host: string, text: string, expected: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host, timeout: probeLimitMs });
    let received = '';
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    socket.setEncoding('utf8');
    socket.once('connect', () => socket.write(text));
    socket.once('timeout', () => fail(new Error(`no answer from ${host}:${port}`)));
    socket.once('error', fail);
    socket.once('close', () => fail(new Error(`${host}:${port} closed the connection`)));
    socket.on('data', (chunk: string) => {
      received += chunk;
      if (!received.includes(expected)) return;
      socket.destroy();
      resolve(received);
    });
  });

export const probePostgres = async (url: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: probeLimitMs });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
  } finally {
    await client.end();
  }
};

/** Serialised as in RESP: a server that wants a password answers too, with an error. */
export const probeRedis = async (port: number, host = '127.0.0.1'): Promise<void> => {
  await talk(port, host, '*1\r\n$4\r\nPING\r\n', '\r\n');
};

/** Opens a stream and waits for the features. Source: RFC 6120, 4.3. */
export const probeXmpp = async (domain: string, port: number, host = '127.0.0.1'): Promise<void> => {
  const header = `<?xml version='1.0'?><stream:stream to='${domain}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`;
  await talk(port, host, header, '</stream:features>');
};

export const probeHttp = async (url: string, init: RequestInit = {}): Promise<void> => {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(probeLimitMs) });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
};
