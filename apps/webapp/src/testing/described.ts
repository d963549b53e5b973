import { errorAnswer, errorCatalogue } from '@multiconnect/contract';
import { controllers } from '../app.module.ts';
import { type Answer as Described, answersOf, isRaw } from '../http/describe.ts';
import { errorsOf } from '../openapi/errors.ts';
import { type DeclaredRoute, routesOf } from '../openapi/routes.ts';
import type { Answer } from './client.ts';

const segmentsOf = (path: string) => path.replace(/\?.*$/, '').replace(/\/$/, '').split('/');

const fixedSegments = ({ path }: DeclaredRoute) => path.split('/').filter((segment) => !segment.startsWith(':')).length;

const routes = routesOf(controllers)
  .map((route) => ({ route, segments: segmentsOf(route.path) }))
  .toSorted((one, other) => fixedSegments(other.route) - fixedSegments(one.route));

function routeOf(method: string, path: string): DeclaredRoute | undefined {
  const segments = segmentsOf(path);
  const isSame = (expected: readonly string[]) =>
    expected.length === segments.length && expected.every((segment, index) => (segment.startsWith(':') ? segments[index] !== '' : segment === segments[index]));
  return routes.find(({ route, segments: expected }) => route.method === method.toLowerCase() && isSame(expected))?.route;
}

/** An answer is not what the API's description says of it. */
class NotAsDescribed extends Error {
  override readonly name = 'NotAsDescribed';
}

function checkRefusal(route: DeclaredRoute, { status, json }: Answer): void {
  const { errors } = errorAnswer.parse(json);
  const described = errorsOf(route).map((kind) => errorCatalogue[kind]);
  const unknown = errors.find(({ code }) => !described.some((one) => one.code === code && one.status === status));
  if (unknown) throw new NotAsDescribed(`${status} with code ${unknown.code} is not described`);
}

function faultOf(body: Described, { json, headers, text }: Answer): string | undefined {
  const type = headers['content-type'] ?? 'untyped';
  if (body === 'empty') return text === '' ? undefined : 'the answer has a body';
  if (isRaw(body)) return new RegExp(`^${body.mediaType.replaceAll('*', '[^ ;]+')}`).test(type) ? undefined : `the answer is ${type}`;
  return body.safeParse(json).error?.message;
}

function check(route: DeclaredRoute, answer: Answer): void {
  const bodies = answersOf(route.description, answer.status);
  if (bodies.length === 0) checkRefusal(route, answer);
  const faults = bodies.map((body) => faultOf(body, answer));
  if (faults.length > 0 && !faults.includes(undefined)) throw new NotAsDescribed(faults.join('; '));
}

/** Throws when the answer to a request of a described route differs from its description. */
export function expectDescribed(method: string, path: string, answer: Answer): void {
  const route = routeOf(method, path);
  if (route === undefined) return;
  try {
    check(route, answer);
  } catch (error) {
    throw new NotAsDescribed(`${method} ${path}: ${error instanceof Error ? error.message : 'unknown'}`, { cause: error });
  }
}
