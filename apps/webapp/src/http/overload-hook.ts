import { ApiError } from '@multiconnect/contract';
import type { onRequestHookHandler } from 'fastify';
import type { Overload } from '../overload.ts';

const retryAfterS = 5;

/** Refuses new messages while too many wait. What is no new message passes: it makes the backlog no longer. */
export function overloadHook(overload: Overload): onRequestHookHandler {
  return (request, _reply, done) => {
    const isNewMessage = request.method === 'POST' && request.routeOptions.url === '/v1/messages';
    const isRefused = isNewMessage && overload.isOverloaded();
    done(isRefused ? new ApiError('overloaded', 'Too many messages wait to be sent', retryAfterS) : undefined);
  };
}
