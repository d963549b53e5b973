import { ApiError, errorCatalogue, type RpcFailure } from '@multiconnect/contract';

/** What stands in an answer's body. */
export type Outcome = { readonly answer: unknown } | { readonly failure: RpcFailure };

/** Anything but an {@link ApiError} is `internal` to the other side. */
export function failureOf(error: unknown): RpcFailure {
  if (!(error instanceof ApiError)) return { kind: 'internal' };
  const { kind, body, retryAfterS } = error;
  return {
    kind,
    ...(body.details !== undefined && { details: body.details }),
    ...(retryAfterS !== undefined && { retryAfterS }),
  };
}

/** A kind that this version does not know is `internal`. */
export function errorOf({ kind, details, retryAfterS }: RpcFailure): ApiError {
  return new ApiError(Object.hasOwn(errorCatalogue, kind) ? kind : 'internal', details, retryAfterS);
}
