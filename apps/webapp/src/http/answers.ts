import { ApiError, meta, type Meta } from '@multiconnect/contract';
import { apiErrorOf } from './errors.ts';
import type { FastifyReply } from 'fastify';

/** Seconds after which a client should try again, where the error itself names none. */
const defaultRetryAfterS = 1;

/** Answers an error in the documented envelope. */
export function answerError(error: unknown, reply: FastifyReply, envelope: Meta = meta): ApiError {
  const apiError = error instanceof ApiError ? error : apiErrorOf(error);
  void reply.code(apiError.status);
  if (apiError.status === 401) void reply.header('WWW-Authenticate', 'Basic realm="Secured"');
  if (apiError.status === 503) void reply.header('Retry-After', apiError.retryAfterS ?? defaultRetryAfterS);
  else if (apiError.retryAfterS !== undefined) void reply.header('Retry-After', apiError.retryAfterS);
  void reply.send({ meta: envelope, errors: [apiError.body] });
  return apiError;
}

