import type { ApiErrorKind } from '@multiconnect/contract';
import { errorCatalogue } from '@multiconnect/contract';
import type { DeclaredRoute } from './routes.ts';

/** Checking the health is free. */
const isUnlimited = ({ path }: DeclaredRoute) => path === '/v1/health';
const isJson = ({ description: { body, optionalBody } }: DeclaredRoute) => optionalBody !== undefined || (body !== undefined && !('mediaType' in body));
const isAdmins = ({ access }: DeclaredRoute) => access === 'admin' || access === 'admin-or-self';
const mayBeMalformed = ({ method, path }: DeclaredRoute) => method !== 'get' || path.includes(':');

/** What a route may refuse with: its own errors and those of every route of its kind. */
export function errorsOf(route: DeclaredRoute): readonly ApiErrorKind[] {
  const kinds: ApiErrorKind[] = [
    ...(isJson(route) || route.description.query !== undefined ? (['parameterMissing', 'parameterInvalid', 'parameterUnknown'] as const) : []),
    ...(mayBeMalformed(route) ? (['invalidRequest'] as const) : []),
    // A parameter may be longer than any that is looked at.
    ...(route.path.includes(':') ? (['endpointNotFound'] as const) : []),
    ...(route.method === 'get' ? [] : (['payloadTooLarge'] as const)),
    ...(route.access === 'public' ? [] : (['accessDenied'] as const)),
    ...(isAdmins(route) ? (['forbidden'] as const) : []),
    ...(isUnlimited(route) ? [] : (['tooManyRequests'] as const)),
    'overloaded',
    'generic',
    ...(route.description.errors ?? []),
  ];
  return [...new Set(kinds)];
}

/** By HTTP status, in its order. */
export function errorsByStatus(kinds: readonly ApiErrorKind[]): ReadonlyMap<number, readonly ApiErrorKind[]> {
  const statusOf = (kind: ApiErrorKind) => errorCatalogue[kind].status;
  const ordered = kinds.toSorted((one, other) => statusOf(one) - statusOf(other));
  return Map.groupBy(ordered, statusOf);
}
