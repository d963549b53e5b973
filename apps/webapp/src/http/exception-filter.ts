import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { Catch } from '@nestjs/common';
import { ApiError, deprecatedMeta, meta } from '@multiconnect/contract';
import type { Logger } from '@multiconnect/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerError } from './answers.ts';
import { apiErrorOf } from './errors.ts';
import { isRetired } from './retired-paths.ts';
import type { RouteTable } from './route-table.ts';

/** Every error ends here: answered in the envelope, logged once, never with what the caller sent. */
@Catch()
export class ApiExceptionFilter implements ExceptionFilter {
  constructor(
    private readonly routes: RouteTable,
    private readonly log: Logger,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const apiError = request.is404 ? this.unrouted(request, reply) : apiErrorOf(error);
    this.logOnce(apiError, error, request);
    // The caller may have gone, or the answer be on its way, when something failed late.
    if (!reply.sent) answerError(apiError, reply, request.is404 && isRetired(request.url) ? deprecatedMeta : meta);
  }

  private unrouted(request: FastifyRequest, reply: FastifyReply): ApiError {
    if (isRetired(request.url)) return new ApiError('notFound', 'Groups are no longer supported');
    const methods = this.routes.methodsOf(request.url);
    if (methods.length === 0) return new ApiError('endpointNotFound', 'Endpoint not found');
    void reply.header('Allow', methods.join(', '));
    return new ApiError('methodNotAllowed', 'Method not allowed');
  }

  private logOnce(apiError: ApiError, error: unknown, request: FastifyRequest): void {
    const fields = {
      request_id: request.id,
      method: request.method,
      route: request.is404 ? undefined : request.routeOptions.url,
      status: apiError.status,
      api_code: apiError.body.code,
      kind: apiError.kind,
    };
    if (apiError.status >= 500 && !(error instanceof ApiError)) this.log.error({ ...fields, err: error }, 'request failed');
    else this.log.warn(fields, 'request refused');
  }
}
