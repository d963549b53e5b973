import { RouteConfig } from '@nestjs/platform-fastify';
import type { Access, Authorizer, Caller } from '@multiconnect/users';
import type { FastifyContextConfig, FastifyRequest, onRequestHookHandler } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    /** Null on a public route. */
    caller: Caller | null;
  }
}

/** Who may call a route. A route without it is the admin's. */
export const Allow = (access: Access, more: Omit<FastifyContextConfig, 'access'> = {}) => RouteConfig({ access, ...more });

function subjectOf(request: FastifyRequest): string | undefined {
  return (request.params as { name?: string }).name;
}

/** Authorizes before the body is read: a stranger makes the server parse nothing. */
export function authorizationHook(authorizer: Authorizer): onRequestHookHandler {
  return (request, _reply, done) => {
    const access = request.routeOptions.config.access ?? 'admin';
    if (request.is404 || access === 'public') {
      done();
      return;
    }
    authorizer.authorize(access, request.headers.authorization, subjectOf(request)).then(
      (caller) => {
        request.caller = caller;
        done();
      },
      (error: unknown) => done(error as Error),
    );
  };
}
