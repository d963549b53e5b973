import { ApiError } from '@multiconnect/contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { maxBodyBytes, parseJson } from './json-body.ts';

/** A JSON body is small; one that is still not here after that is not coming. */
const defaultTimeoutMs = 60_000;

type Payload = FastifyRequest['raw'];

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The handler gets the body as a stream, of any type and length, and limits it. */
    body?: 'stream';
    /** In place of {@link maxBodyBytes}, for JSON. */
    maxBodyBytes?: number;
  }
}

const tooLarge = () => new ApiError('payloadTooLarge', 'Request body is too large');

/** What is left of a refused body flows by until the connection ends with the answer. */
function readText(request: FastifyRequest, payload: Payload, timeoutMs: number): Promise<string> {
  const limit = request.routeOptions.config.maxBodyBytes ?? maxBodyBytes;
  if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const timer = setTimeout(() => reject(new ApiError('invalidRequest', 'The request body did not arrive in time')), timeoutMs);
    const settle = (action: () => void) => {
      clearTimeout(timer);
      chunks.length = 0;
      action();
    };
    payload.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) settle(() => reject(tooLarge()));
      else chunks.push(chunk);
    });
    payload.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      settle(() => resolve(text));
    });
    payload.on('error', () => settle(() => reject(new ApiError('invalidRequest', 'The request body broke off'))));
  });
}

const parserOf =
  (parse: (text: string) => unknown, timeoutMs: number) =>
  async (request: FastifyRequest, payload: Payload): Promise<unknown> =>
    request.routeOptions.config.body === 'stream' ? payload : parse(await readText(request, payload, timeoutMs));

function nothing(text: string): undefined {
  if (text !== '') throw new ApiError('invalidRequest', 'Content-Type must be application/json');
  return undefined;
}

/** The server's only body parsers: JSON, and nothing at all under any other type; streams where a route asks for one. */
export function useBodies(server: FastifyInstance, timeoutMs = defaultTimeoutMs): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', parserOf(parseJson, timeoutMs));
  server.addContentTypeParser('*', parserOf(nothing, timeoutMs));
}
