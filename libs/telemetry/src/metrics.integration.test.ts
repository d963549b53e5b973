import { describe, expect, it } from 'vitest';
import { createMetrics, startMetricsServer } from './index.ts';

async function statusOf(port: number, path: string): Promise<number> {
  return (await fetch(`http://127.0.0.1:${port}${path}`)).status;
}

describe('the metrics server', () => {
  it('serves metrics with process and node, the event loop delay, and both probes', async () => {
    let ready: () => boolean = () => false;
    const registry = createMetrics({ process: 'webapp', node: 'webapp1' });
    const server = await startMetricsServer({ port: 0, host: '127.0.0.1', registry, ready: () => ready() });
    const metrics = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
    expect(metrics).toMatch(/nodejs_eventloop_lag_p99_seconds\{.*node="webapp1"/);
    expect(await statusOf(server.port, '/healthz')).toBe(200);
    expect(await statusOf(server.port, '/readyz')).toBe(503);
    ready = () => true;
    expect(await statusOf(server.port, '/readyz?x=1')).toBe(200);
    ready = () => {
      throw new Error('away');
    };
    expect(await statusOf(server.port, '/readyz')).toBe(503);
    expect(await statusOf(server.port, '/other')).toBe(404);
    await server.close();
    await expect(statusOf(server.port, '/healthz')).rejects.toThrow();
  });

  it('says in the metrics whether the process is ready, also while that cannot be found out', async () => {
    let ready: () => boolean | Promise<boolean> = () => true;
    const registry = createMetrics({ process: 'webapp', node: 'webapp1' });
    const server = await startMetricsServer({ port: 0, host: '127.0.0.1', registry, ready: () => ready() });
    const readiness = async () => /^multiconnect_ready\{.*\} (\d)$/m.exec(await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text())?.[1];
    expect(await readiness()).toBe('1');
    ready = () => false;
    expect(await readiness()).toBe('0');
    ready = () => new Promise(() => undefined);
    expect(await readiness()).toBe('0');
    await server.close();
  });
});
