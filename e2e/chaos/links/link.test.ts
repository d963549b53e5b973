import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Link, openLink } from './link.ts';
import { openLinks } from './links.ts';

let server: Server;
let link: Link;
/** The server's end of each connection, in their order. */
let accepted: Socket[];

const portOf = (listening: Server): number => {
  const address = listening.address();
  if (address === null || typeof address === 'string') throw new Error('listens nowhere');
  return address.port;
};

/** What a socket has received, and when there was so much of it. */
function reading(socket: Socket) {
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    socket.emit('text');
  });
  return {
    get text() {
      return text;
    },
    async until(wanted: string) {
      while (text !== wanted) await once(socket, 'text');
    },
  };
}

async function dial(port = link.port): Promise<Socket> {
  const client = connect(port, '127.0.0.1');
  client.on('error', () => undefined);
  await once(client, 'connect');
  return client;
}

/** Both ends of a connection through the link. */
async function dialThrough() {
  const arrived = once(server, 'connection');
  const client = await dial();
  await arrived;
  const peer = accepted.at(-1);
  if (peer === undefined) throw new Error('nobody arrived');
  return { client, peer, atServer: reading(peer), atClient: reading(client) };
}

const closing = (socket: Socket): Promise<unknown> => {
  socket.on('error', () => undefined);
  return socket.destroyed ? Promise.resolve() : new Promise((resolve) => socket.once('close', resolve));
};

beforeEach(async () => {
  accepted = [];
  server = createServer((socket) => {
    // Told by its closing.
    socket.on('error', () => undefined);
    accepted.push(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  link = await openLink(portOf(server));
});

afterEach(async () => {
  await link.close();
  server.close();
});

describe('a link', () => {
  it('passes bytes both ways, and the end of a stream', async () => {
    const { client, peer, atServer, atClient } = await dialThrough();
    client.write('ping');
    await atServer.until('ping');
    peer.write('pong');
    await atClient.until('pong');
    const ended = once(peer, 'end');
    client.end();
    await ended;
  });

  it('holds everything while it is silent, and then lets it go in order', async () => {
    const { client, peer, atServer, atClient } = await dialThrough();
    link.set({ kind: 'silent' });
    client.write('a');
    peer.write('b');
    const late = await dial();
    late.write('c');
    client.write('d');
    const arrived = once(server, 'connection');
    expect(accepted).toHaveLength(1);
    expect([atServer.text, atClient.text]).toEqual(['', '']);
    link.set({ kind: 'passing' });
    await arrived;
    await atServer.until('ad');
    await atClient.until('b');
    const [, second] = accepted;
    if (second === undefined) throw new Error('nobody arrived');
    await reading(second).until('c');
  });

  it('holds one direction only, and loses what it held at a reset', async () => {
    const { client, peer, atServer, atClient } = await dialThrough();
    link.set({ kind: 'held', direction: 'to client' });
    peer.write('withheld');
    client.write('passes');
    await atServer.until('passes');
    const closed = Promise.all([closing(client), closing(peer)]);
    link.reset();
    await closed;
    expect(atClient.text).toBe('');
  });

  it('resets what there is while it is cut, and what comes', async () => {
    const { client, peer } = await dialThrough();
    const closed = Promise.all([closing(client), closing(peer)]);
    link.set({ kind: 'cut' });
    await closed;
    await closing(connect(link.port, '127.0.0.1'));
    link.set({ kind: 'passing' });
    const { client: next, atServer } = await dialThrough();
    next.write('again');
    await atServer.until('again');
  });

  it('resets the connection that goes beyond so many bytes, there, and no other', async () => {
    const other = await dialThrough();
    const { client, peer, atServer } = await dialThrough();
    link.set({ kind: 'resetting', direction: 'to server', afterBytes: 3 });
    const closed = Promise.all([closing(client), closing(peer)]);
    client.write('stanza');
    await closed;
    expect('sta'.startsWith(atServer.text)).toBe(true);
    other.client.write('whole');
    await other.atServer.until('whole');
  });

  it('delays by no less than it is told, in order', async () => {
    const { client, atServer } = await dialThrough();
    link.set({ kind: 'slow', delayMs: 60, bytesPerSecond: 1_000 });
    const startedMs = performance.now();
    client.write('x'.repeat(40));
    await atServer.until('x'.repeat(40));
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(99);
  });

  it('resets its client when there is no server', async () => {
    const gone = await openLink(1);
    await closing(connect(gone.port, '127.0.0.1'));
    await gone.close();
  });
});

describe('links in a process of their own', () => {
  it('are opened, set and reset by name', async () => {
    const links = openLinks();
    const port = await links.open('coreapp1 redis', portOf(server));
    const arrived = once(server, 'connection');
    const client = await dial(port);
    await arrived;
    await links.set('coreapp1 redis', { kind: 'held', direction: 'to client' });
    const closed = closing(client);
    await links.reset('coreapp1 redis');
    await closed;
    await links.close();
  });
});
