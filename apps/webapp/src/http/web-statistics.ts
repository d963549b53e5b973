import type { MetricFamilies } from '@multiconnect/contract';
import { familiesOf } from '@multiconnect/statistics';
import { Counter, Gauge, Registry } from '@multiconnect/telemetry';
import type { FastifyInstance } from 'fastify';
import { requestDurations } from './request-metrics.ts';

/** What this webapp counts under the documented names of `GET /metrics`. */
export interface WebStatistics {
  /** The webapp's name. */
  readonly node: string;
  /** Counts connections and requests of the server. Once, before it listens. */
  observe(server: FastifyInstance): void;
  families(): Promise<MetricFamilies>;
}

/** Node's default: connections that the system holds until the process takes them. */
const listenBacklog = 511;

/** @param metrics where requests are timed */
export function createWebStatistics(node: string, metrics: Registry): WebStatistics {
  const registry = new Registry();
  const registers = [registry];
  const startedMs = performance.now();
  let shakingHands = 0;
  let mostShakingHands = 0;
  let active = 0;
  let answered = 0;

  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  const connections = new Counter({ name: 'web_connections', help: 'Connections that were accepted', registers });
  gauge('web_uptime', 'Seconds since the webapp started', () => Math.floor((performance.now() - startedMs) / 1000));
  gauge('web_pending_connections', 'Connections whose TLS handshake is under way', () => shakingHands);
  gauge('web_max_pending_connections', 'The most of them at once', () => mostShakingHands);
  gauge('web_queue_len', 'Connections that may wait to be accepted', () => listenBacklog);
  gauge('web_idle_processes', '1 while no request is under way', () => Number(active === 0));
  gauge('web_total_processes', 'Processes behind this listener', () => 1);
  new Gauge({
    name: 'web_requests',
    help: 'Requests by state: under way now, and answered since the start',
    labelNames: ['state'],
    registers,
    collect() {
      this.set({ state: 'active' }, active);
      this.set({ state: 'answered' }, answered);
    },
  });
  return {
    node,
    observe(server) {
      const settled = () => {
        shakingHands -= 1;
      };
      server.server.on('connection', () => {
        connections.inc();
        shakingHands += 1;
        mostShakingHands = Math.max(mostShakingHands, shakingHands);
      });
      server.server.on('secureConnection', settled);
      server.server.on('tlsClientError', settled);
      // Not a hook of the framework: a refused request does not reach those behind the one that refuses.
      server.server.on('request', (_request, response) => {
        active += 1;
        response.once('close', () => (active -= 1));
      });
      server.addHook('onResponse', (_request, _reply, done) => {
        answered += 1;
        done();
      });
    },
    families() {
      const durations = metrics.getSingleMetric(requestDurations);
      if (durations !== undefined) registry.registerMetric(durations);
      return familiesOf(registry);
    },
  };
}
