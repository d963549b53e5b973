import {
  type Attributes, type Context, context, isSpanContextValid, ROOT_CONTEXT, type Span, type SpanKind, SpanStatusCode, trace, type Tracer,
} from '@opentelemetry/api';

const instrumentation = 'multiconnect';
const version = '00';
const traceparentText = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

export function tracer(): Tracer {
  return trace.getTracer(instrumentation);
}

/** W3C Trace Context (https://www.w3.org/TR/trace-context/); undefined for a span that belongs to no trace. */
export function traceparentOf(span: Span): string | undefined {
  const spanContext = span.spanContext();
  if (!isSpanContextValid(spanContext)) return undefined;
  return `${version}-${spanContext.traceId}-${spanContext.spanId}-${spanContext.traceFlags.toString(16).padStart(2, '0')}`;
}

/** For log lines; undefined for anything that is not a traceparent of version 00. */
export function traceIdOf(text: string | undefined): string | undefined {
  return traceparentText.exec(text ?? '')?.[1];
}

/** A context whose parent is the remote span; the root context for anything that is not a traceparent of version 00. */
export function contextFromTraceparent(text: string | undefined): Context {
  const [, traceId, spanId, flags] = traceparentText.exec(text ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT;
  const spanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(spanContext) ? trace.setSpanContext(ROOT_CONTEXT, spanContext) : ROOT_CONTEXT;
}

export interface SpanOptions {
  readonly kind?: SpanKind;
  /** A traceparent from another process or a row; the active span is the parent unless given. */
  readonly parent?: string | undefined;
  readonly attributes?: Attributes;
}

/** Runs `fn` in a span that ends with it. An error marks the span by its class only and is thrown on. */
export async function inSpan<T>(name: string, options: SpanOptions, fn: (span: Span) => Promise<T> | T): Promise<T> {
  const { parent, ...spanOptions } = options;
  const parentContext = parent === undefined ? context.active() : contextFromTraceparent(parent);
  const span = tracer().startSpan(name, spanOptions, parentContext);
  try {
    return await context.with(trace.setSpan(parentContext, span), () => fn(span));
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : typeof error });
    throw error;
  } finally {
    span.end();
  }
}
