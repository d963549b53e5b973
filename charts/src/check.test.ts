import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { generate } from 'selfsigned';
import { describe, expect, it, onTestFinished } from 'vitest';
import { render } from './helm.ts';
import { podMaker } from './pods.ts';

const run = promisify(execFile);

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return String((server.address() as AddressInfo).port);
}

async function api(status: number): Promise<string> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec' });
  return listening(createTlsServer({ key, cert }, (request, response) => response.writeHead(request.url === '/v1/openapi.json' ? status : 404).end()));
}

const metrics = (status: number) => listening(createServer((request, response) => response.writeHead(request.url === '/readyz' ? status : 404).end()));

/** Runs what the rendered Pod of `helm test` runs, against these. Rejects with its output when it fails. */
async function check(apiPort: string, metricsPort: string, processes = '1'): Promise<string> {
  const { container } = podMaker(await render({ ci: 'ha' }), 'test');
  const [, ...options] = container.command ?? [];
  const env = { API_HOST: '127.0.0.1', API_PORT: apiPort, METRICS_HOST: '127.0.0.1', METRICS_PORT: metricsPort, PROCESSES: processes };
  expect(Object.keys(env)).toEqual(container.env?.map(({ name }) => name));
  return (await run(process.execPath, [...options, ...(container.args ?? [])], { env })).stdout;
}

describe('helm test', () => {
  it('passes when the API answers and every process is ready', async () => {
    const output = await check(await api(200), await metrics(200));
    expect(output).toMatch(/the API answers at 127\.0\.0\.1:\d+\n127\.0\.0\.1 is ready/);
  });

  it('fails when the API does not answer, when a process is not ready, and when one is missing', async () => {
    await expect(check(await api(503), await metrics(200))).rejects.toThrow('the API answers 503');
    await expect(check(await api(200), await metrics(503))).rejects.toThrow('0 processes are ready, 1 should be');
    await expect(check(await api(200), await metrics(200), '2')).rejects.toThrow('1 processes are ready, 2 should be');
  });

  it('expects as many processes as the release has', async () => {
    const processes = async (ci: string) => podMaker(await render({ ci }), 'test').container.env?.find(({ name }) => name === 'PROCESSES')?.value;
    expect(await processes('single-instance')).toBe('3');
    expect(await processes('ha')).toBe('6');
    expect(await processes('multiconnect')).toBe(String(3 + 10 + 3 + 2));
  });
});
