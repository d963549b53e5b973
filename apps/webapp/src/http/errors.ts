import { HttpException } from '@nestjs/common';
import type { ApiErrorKind } from '@multiconnect/contract';
import { ApiError } from '@multiconnect/contract';
import { IdentityUnacknowledged } from '@multiconnect/message-store';
import { apiErrorOfMedia } from './media-errors.ts';
import { RpcRefused, RpcTimeout, RpcUnreachable } from '@multiconnect/rpc';

const connectionLost = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'ENOENT']);

/** SQLSTATE: connection exceptions, operator intervention (shutting down, starting up), insufficient resources. */
const sqlStateOfAbsence = /^(?:08|57P|53)/;

/** What the driver says without a code. */
const driverSaysGone = /^(?:Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout|Cannot use a pool after calling end)/;

/** Whether an error says that the database is away or has no room, so that the same request may pass later. */
export function isDatabaseGone(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return connectionLost.has(code ?? '') || sqlStateOfAbsence.test(code ?? '') || driverSaysGone.test(error.message);
}

function kindOfStatus(status: number): ApiErrorKind {
  if (status === 404 || status === 414) return 'endpointNotFound';
  if (status === 405) return 'methodNotAllowed';
  if (status === 413) return 'payloadTooLarge';
  return status < 500 ? 'invalidRequest' : 'generic';
}

const detailsOfKind: Partial<Record<ApiErrorKind, string>> = {
  endpointNotFound: 'Endpoint not found',
  methodNotAllowed: 'Method not allowed',
  payloadTooLarge: 'Request body is too large',
};

/** Fastify's and Nest's errors carry an HTTP status. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const { statusCode } = error as { statusCode?: unknown };
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : undefined;
}

function isNodeGone(error: unknown): error is RpcRefused | RpcTimeout | RpcUnreachable {
  return error instanceof RpcUnreachable || error instanceof RpcTimeout || error instanceof RpcRefused;
}

/** The API's error for anything that was thrown. Messages of errors that are not the API's own stay inside. */
export function apiErrorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (typeof error !== 'object' || error === null) return new ApiError('generic');
  if (isNodeGone(error)) return new ApiError('internal', `Connection timed out. Please check if wacore is running: ${error.address}`);
  if (error instanceof IdentityUnacknowledged) return new ApiError('identityUnacknowledged');
  const ofMedia = apiErrorOfMedia(error);
  if (ofMedia !== undefined) return ofMedia;
  const status = statusOf(error);
  if (status !== undefined) {
    const kind = kindOfStatus(status);
    return new ApiError(kind, detailsOfKind[kind]);
  }
  return isDatabaseGone(error) ? new ApiError('overloaded', 'The database is not available') : new ApiError('generic');
}
