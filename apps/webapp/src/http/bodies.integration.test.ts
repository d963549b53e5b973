import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { ApiError } from '@multiconnect/contract';
import fastify from 'fastify';
import { expect, it, onTestFinished } from 'vitest';
import { useBodies } from './bodies.ts';

it.each([
  ['with a length', 'Content-Length: 100\r\n\r\n{"to":'],
  ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n6\r\n{"to":\r\n'],
])('a body %s that does not arrive in time is refused with 1025, and its connection answered', async (_how, rest) => {
  const server = fastify();
  useBodies(server, 20);
  let isReached = false;
  server.post('/', () => (isReached = true));
  const refused = new Promise<unknown>((resolve) => {
    server.setErrorHandler((error, _request, reply) => {
      resolve(error);
      void reply.code(400).header('Connection', 'close').send();
    });
  });
  await server.listen({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => server.close());
  const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${rest}`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 400 /);
  const error = await refused;
  expect(error).toBeInstanceOf(ApiError);
  expect((error as ApiError).body).toMatchObject({ code: 1025, details: 'The request body did not arrive in time' });
  expect(isReached).toBe(false);
});
