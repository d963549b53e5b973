export { createErrorLog } from './error-log.ts';
export { createLogger, type Logger, withContext } from './logger.ts';
export { createMetrics, type MetricsServer, startMetricsServer } from './metrics.ts';
export { type ProcessConfig, runProcess, type Running } from './run-process.ts';
export { contextFromTraceparent, inSpan, type SpanOptions, traceIdOf, traceparentOf, tracer } from './spans.ts';
export { startTelemetry, type Telemetry } from './sdk.ts';
export { type Attributes, type Span, SpanKind, SpanStatusCode } from '@opentelemetry/api';
export { Counter, Gauge, Histogram, Registry } from 'prom-client';
