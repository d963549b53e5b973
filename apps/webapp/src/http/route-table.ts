import type { FastifyInstance } from 'fastify';

interface Route {
  readonly segments: readonly string[];
  readonly methods: Set<string>;
}

/** Which methods a path has, to tell an unknown path (404) from a wrong method (405). */
export interface RouteTable {
  methodsOf(url: string): readonly string[];
}

const segmentsOf = (url: string) => url.split('?', 1).join('').replace(/\/$/, '').split('/');

function matches(route: Route, segments: readonly string[]): boolean {
  if (route.segments.length !== segments.length) return false;
  return route.segments.every((segment, index) => (segment.startsWith(':') ? segments[index] !== '' : segment === segments[index]));
}

/** Learns of every route that is added to the server from now on. */
export function recordRoutes(server: FastifyInstance): RouteTable {
  const routes = new Map<string, Route>();
  server.addHook('onRoute', ({ url, method }) => {
    const route = routes.get(url) ?? { segments: segmentsOf(url), methods: new Set<string>() };
    for (const name of [method].flat()) route.methods.add(name);
    routes.set(url, route);
  });
  return {
    methodsOf(url) {
      const segments = segmentsOf(url);
      return [...routes.values()].filter((route) => matches(route, segments)).flatMap((route) => [...route.methods]);
    },
  };
}
