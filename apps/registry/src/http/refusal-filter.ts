import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Inject } from '@nestjs/common';
import { TemplateInvalid } from '@multiconnect/contract';
import type { Logger } from '@multiconnect/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ChatServerFailed, CodeNotSent, Refused, refusals, type RefusalCode } from '../errors.ts';
import { LOG } from './tokens.ts';

/** Classes of SQLSTATE, and system errors, that say that the database is away rather than that a statement is wrong. */
const awayCode = /^(08|53|57|ECONN|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EPIPE)/;

function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return awayCode.test(code) || /connection (terminated|timeout)|timeout exceeded when trying to connect/i.test(error.message);
}

/** Errors of the framework itself: no such path, a body that is no JSON, too large or of another type. */
function codeOfHttpStatus(status: number): RefusalCode {
  if (status === 404) return 'not-found';
  if (status === 413) return 'too-large';
  return status < 500 ? 'invalid-request' : 'internal';
}

function refusalOf(error: unknown): Refused {
  if (error instanceof Refused) return error;
  if (error instanceof TemplateInvalid) return new Refused('invalid-template');
  if (error instanceof ChatServerFailed || error instanceof CodeNotSent || isDatabaseAway(error)) return new Refused('unavailable');
  if (error instanceof HttpException) return new Refused(codeOfHttpStatus(error.getStatus()));
  const { statusCode } = error as { statusCode?: unknown };
  return new Refused(typeof statusCode === 'number' ? codeOfHttpStatus(statusCode) : 'internal');
}

/** The one place where errors become answers. */
@Catch()
export class RefusalFilter implements ExceptionFilter {
  constructor(@Inject(LOG) private readonly log: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const refused = refusalOf(error);
    const status = refusals[refused.code];
    const { method, routeOptions } = http.getRequest<FastifyRequest>();
    const facts = { method, route: routeOptions.url, refusal: refused.code };
    if (status >= 500) this.log.error({ ...facts, err: error }, 'request failed');
    else this.log.info(facts, 'request refused');
    const body = {
      code: refused.code,
      ...(refused.waitS === undefined ? {} : { wait_s: refused.waitS }),
      ...(error instanceof TemplateInvalid ? { fault: error.fault, field: error.field } : {}),
    };
    void http.getResponse<FastifyReply>().status(status).send({ error: body });
  }
}
