import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

type Value = string | number | boolean | undefined;

/** A span as a process exported it. */
export interface CollectedSpan {
  readonly name: string;
  readonly kind: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly attributes: Readonly<Record<string, Value>>;
  /** Of the process: `service.name`, `service.instance.id`, `process.pid` and so on. */
  readonly resource: Readonly<Record<string, Value>>;
  /** Milliseconds since 1970. */
  readonly startMs: number;
  readonly endMs: number;
  readonly isError: boolean;
}

/** A receiver of OTLP over HTTP and JSON (https://opentelemetry.io/docs/specs/otlp/#otlphttp). */
export interface Collector {
  /** What `OTEL_EXPORTER_OTLP_ENDPOINT` is set to. */
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  /** The requests as they came. */
  readonly bodies: readonly string[];
  stop(): Promise<void>;
}

interface KeyValue {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: string | number; readonly doubleValue?: number; readonly boolValue?: boolean };
}

interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly { readonly spans: readonly ExportedSpan[] }[];
  }[];
}

interface ExportedSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly KeyValue[];
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status?: { readonly code?: number };
}

const kinds = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const errorStatus = 2;
const msOf = (nanoseconds: string) => Number(BigInt(nanoseconds) / 1_000n) / 1_000;

function valueOf({ value }: KeyValue): Value {
  const { stringValue, intValue, doubleValue, boolValue } = value;
  return stringValue ?? (intValue === undefined ? undefined : Number(intValue)) ?? doubleValue ?? boolValue;
}

const attributesOf = (attributes: readonly KeyValue[]) => Object.fromEntries(attributes.map((one) => [one.key, valueOf(one)]));

function spansOf({ resourceSpans }: ExportRequest): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const ofProcess = attributesOf(resource.attributes);
    return scopeSpans.flatMap((scope) => scope.spans).map((span) => ({
      name: span.name,
      kind: kinds[span.kind] ?? String(span.kind),
      traceId: span.traceId,
      spanId: span.spanId,
      parentSpanId: span.parentSpanId === '' ? undefined : span.parentSpanId,
      attributes: attributesOf(span.attributes),
      resource: ofProcess,
      startMs: msOf(span.startTimeUnixNano),
      endMs: msOf(span.endTimeUnixNano),
      isError: span.status?.code === errorStatus,
    }));
  });
}

export async function startCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    text(request).then(
      (body) => {
        bodies.push(body);
        if (request.url === '/v1/traces') spans.push(...spansOf(JSON.parse(body) as ExportRequest));
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      },
      () => response.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    bodies,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The environment that makes processes export every span to the collector without much delay. */
export const exportingTo = (collector: Collector): Record<string, string> => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  OTEL_NODE_RESOURCE_DETECTORS: 'env,host,os,process',
  OTEL_BSP_SCHEDULE_DELAY: '100',
});

function branch(spans: readonly CollectedSpan[], parent: string | undefined, startedAtMs: number, indent: string): string[] {
  const children = spans.filter((span) => span.parentSpanId === parent).sort((a, b) => a.startMs - b.startMs);
  return children.flatMap((span) => {
    const { resource, startMs, endMs, isError } = span;
    const times = `+${(startMs - startedAtMs).toFixed(1)} ms, took ${(endMs - startMs).toFixed(1)} ms`;
    const line = `${indent}${span.name} [${span.kind}${isError ? ', ERROR' : ''}] ${String(resource['service.instance.id'])} ${times}`;
    return [line, ...branch(spans, span.spanId, startedAtMs, `${indent}    `)];
  });
}

/** One trace, for people. */
export function treeOf(spans: readonly CollectedSpan[]): string {
  return branch(spans, undefined, Math.min(...spans.map((span) => span.startMs)), '').join('\n');
}
