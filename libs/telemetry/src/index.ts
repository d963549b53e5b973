export { createErrorLog } from './error-log.ts';
export { createLogger, type Logger, withContext } from './logger.ts';
export { createMetrics, type MetricsServer, startMetricsServer } from './metrics.ts';
export { type ProcessConfig, runProcess, type Running } from './run-process.ts';
export { contextFromTraceparent, inSpan, type SpanOptions, traceparentOf, tracer } from './spans.ts';
export { startTelemetry, type Telemetry } from './sdk.ts';
export { type Span, SpanKind } from '@opentelemetry/api';
export { Counter, Gauge, Histogram, Registry } from 'prom-client';
