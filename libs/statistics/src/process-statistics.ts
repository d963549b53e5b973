import { ApiError, type MetricFamilies, type RpcPattern } from '@multiconnect/contract';
import type { RpcHandlers } from '@multiconnect/rpc';
import { Counter, Gauge, Registry } from '@multiconnect/telemetry';
import { familiesOf } from './families.ts';
import { storeOf } from './stores.ts';
import { createTiming } from './timing.ts';

/** What every process behind the API counts. */
export interface ProcessStatistics {
  readonly registry: Registry;
  /** A statement ended. */
  statement(name: string, durationMs: number, isFailed: boolean): void;
  /** Requests at an endpoint, `POST` and `messages`. `result`: `success` or the error's code. */
  endpoint(request: { readonly method: string; readonly endpoint: string; readonly result: string }, durationMs: number, times?: number): void;
  /** The handlers, each call counted. */
  counted(handlers: RpcHandlers): RpcHandlers;
  families(): Promise<MetricFamilies>;
}

/** The endpoint that makes webapps call. Other patterns stand under their own names. */
const endpoints: Partial<Record<RpcPattern, readonly [method: string, endpoint: string]>> = {
  'contacts.check': ['POST', 'contacts'],
  'garbage.collect-media': ['PUT', 'services/media/gc'],
  'garbage.collect-messages': ['PUT', 'services/message/gc'],
  'health.get': ['GET', 'health'],
  'registration.request-code': ['POST', 'account'],
  'registration.set-shards': ['POST', 'account/shards'],
  'registration.verify': ['POST', 'account/verify'],
  'settings.changed': ['PATCH', 'settings/application'],
  'stats.app': ['GET', 'stats/app'],
  'stats.app-internal': ['GET', 'stats/app/internal'],
  'stats.db': ['GET', 'stats/db'],
  'stats.db-internal': ['GET', 'stats/db/internal'],
  'support.get': ['GET', 'support'],
};

const codeOfGeneric = '1000';
const resultOf = (error: unknown) => (error instanceof ApiError ? String(error.body.code) : codeOfGeneric);
type Handler = (request: never, context: never) => Promise<unknown>;

export function createProcessStatistics(): ProcessStatistics {
  const registry = new Registry();
  const registers = [registry];
  const startedMs = performance.now();
  new Gauge({
    name: 'uptime',
    help: 'Seconds since the process started',
    registers,
    collect() {
      this.set(Math.floor((performance.now() - startedMs) / 1000));
    },
  });
  const statements = createTiming({ name: 'db_request_duration_us', help: 'database requests, in microseconds', labelNames: ['db', 'request'], registry });
  const failures = createTiming({ name: 'db_request_error_duration_us', help: 'failed database requests, in microseconds', labelNames: ['db', 'request'], registry });
  const endpointLabels = ['method', 'endpoint', 'result'] as const;
  const requests = new Counter({ name: 'endpoint_requests', help: 'Requests by endpoint and result', labelNames: endpointLabels, registers });
  const durations = createTiming({ name: 'endpoint_requests_duration_ms', help: 'requests by endpoint, in milliseconds', labelNames: endpointLabels, registry });

  const endpoint: ProcessStatistics['endpoint'] = (request, durationMs, times = 1) => {
    requests.inc(request, times);
    durations.add(request, durationMs, times);
  };

  const countedHandler = (pattern: string, handler: Handler): Handler => {
    const [method, name] = endpoints[pattern as RpcPattern] ?? ['POST', pattern];
    return async (request, context) => {
      const calledMs = performance.now();
      const note = (result: string) => endpoint({ method, endpoint: name, result }, performance.now() - calledMs);
      try {
        const answer = await handler(request, context);
        note('success');
        return answer;
      } catch (error) {
        note(resultOf(error));
        throw error;
      }
    };
  };

  return {
    registry,
    statement(name, durationMs, isFailed) {
      const timing = isFailed ? failures : statements;
      timing.add({ db: storeOf(name), request: name }, durationMs * 1000);
    },
    endpoint,
    counted: (handlers) => Object.fromEntries(Object.entries(handlers).map(([pattern, handler]) => [pattern, countedHandler(pattern, handler as Handler)])),
    families: () => familiesOf(registry),
  };
}
