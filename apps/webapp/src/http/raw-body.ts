import { Readable } from 'node:stream';
import { ApiError } from '@multiconnect/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';

const tooLarge = () => new ApiError('payloadTooLarge', 'Request body is too large');

async function collect(body: Readable, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  // The connection outlives a refusal, for the answer.
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * The body of a route with `{ body: 'stream' }`, empty when there is none. Throws {@link ApiError} payloadTooLarge, or
 * invalidRequest when it broke off.
 */
export async function readRawBody({ headers, body, raw }: FastifyRequest, reply: FastifyReply, maxBytes: number): Promise<Buffer> {
  if (!(body instanceof Readable)) return Buffer.alloc(0);
  try {
    if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
    return await collect(body, maxBytes);
  } catch (error) {
    throw error instanceof ApiError ? error : new ApiError('invalidRequest', 'The request body broke off');
  } finally {
    // What still comes of a refused body is no next request.
    if (!raw.complete) void reply.header('Connection', 'close');
  }
}
