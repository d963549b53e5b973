import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { inSpan, startTelemetry, traceparentOf } from './index.ts';

interface Exported {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[] };
    readonly scopeSpans: readonly { readonly spans: readonly { readonly name: string; readonly traceId: string; readonly status?: { readonly message?: string } }[] }[];
  }[];
}

it('spans reach the collector under their remote parent, with the node, and without the text of an error', async () => {
  const bodies: Exported[] = [];
  const collector = createServer((request, response) => {
    void json(request).then((body) => {
      bodies.push(body as Exported);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  collector.listen(0, '127.0.0.1');
  await once(collector, 'listening');
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  process.env['OTEL_EXPORTER_OTLP_PROTOCOL'] = 'http/json';
  const telemetry = await startTelemetry({ serviceName: 'webapp', nodeName: 'webapp1' });

  const traceId = 'a'.repeat(32);
  const outer = inSpan('outer', { parent: `00-${traceId}-${'b'.repeat(16)}-01`, attributes: { shard: 1 } }, (span) => {
    expect(traceparentOf(span)).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    return inSpan('inner', {}, () => Promise.reject(new RangeError('cAnArY')));
  });
  await expect(outer).rejects.toThrow(RangeError);
  await telemetry.stop();
  collector.close();

  const [resourceSpans] = bodies.flatMap((body) => body.resourceSpans);
  const spans = resourceSpans?.scopeSpans.flatMap((scope) => scope.spans) ?? [];
  expect(spans.map(({ name }) => name).sort()).toEqual(['inner', 'outer']);
  expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
  expect(spans[0]?.status?.message).toBe('RangeError');
  expect(JSON.stringify(bodies)).not.toContain('cAnArY');
  const attributes = Object.fromEntries(resourceSpans?.resource.attributes.map(({ key, value }) => [key, value.stringValue]) ?? []);
  expect(attributes).toMatchObject({ 'service.name': 'webapp', 'service.namespace': 'multiconnect', 'service.instance.id': 'webapp1' });
});
