export interface Telemetry {
  /** Exports what is left. Never throws: a collector that is away must not hold up a stop. */
  stop(): Promise<void>;
}

export interface TelemetryOptions {
  /** webapp, coreapp, … */
  readonly serviceName: string;
  readonly nodeName: string;
}

/** `env` last, so that what the operator sets wins. */
const defaultDetectors = 'host,os,process,env';

async function startSdk({ serviceName, nodeName }: TelemetryOptions): Promise<Telemetry> {
  process.env['OTEL_NODE_RESOURCE_DETECTORS'] ??= defaultDetectors;
  const attributes = ['service.namespace=multiconnect', `service.instance.id=${nodeName}`, process.env['OTEL_RESOURCE_ATTRIBUTES']];
  process.env['OTEL_RESOURCE_ATTRIBUTES'] = attributes.filter(Boolean).join(',');
  const { NodeSDK } = await import('@opentelemetry/sdk-node');
  const sdk = new NodeSDK({
    serviceName: process.env['OTEL_SERVICE_NAME'] ?? serviceName,
    metricReaders: [],
    logRecordProcessors: [],
  });
  sdk.start();
  return {
    async stop() {
      await sdk.shutdown().catch(() => undefined);
    },
  };
}

/**
 * Starts the OpenTelemetry SDK with its OTLP exporter (HTTP and protobuf unless `OTEL_EXPORTER_OTLP_PROTOCOL` says otherwise) when
 * `OTEL_EXPORTER_OTLP_ENDPOINT` is set. Otherwise loads nothing.
 */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  if (!process.env['OTEL_EXPORTER_OTLP_ENDPOINT']) return { stop: () => Promise.resolve() };
  return startSdk(options);
}
