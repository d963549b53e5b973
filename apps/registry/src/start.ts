import { type Clock, systemClock } from '@multiconnect/clock';
import type { RegistryConfig } from '@multiconnect/config';
import { retryUntilDone } from '@multiconnect/retry';
import { createErrorLog, createMetrics, type Logger, startMetricsServer } from '@multiconnect/telemetry';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { createCertificates, readSigningKey } from './certificates.ts';
import { createEjabberd } from './chat-server.ts';
import { createCodes } from './codes.ts';
import { type Database, openDatabase } from './database.ts';
import { RegistryModule, type RegistryParts } from './http/registry-module.ts';
import { measureRequests } from './http/request-metrics.ts';
import { createLookups } from './lookups.ts';
import { createRegistrations } from './registrations.ts';
import type { CodeSender } from './senders/code-sender.ts';
import { createHttpCodeSender } from './senders/http-code-sender.ts';
import { createLogCodeSender } from './senders/log-code-sender.ts';
import { createTemplateCatalogue } from './template-catalogue.ts';
import { createTemplateChanges } from './template-changes.ts';
import { createTwoStep } from './two-step.ts';

export interface RunningRegistry {
  readonly port: number;
  readonly metricsPort: number;
  stop(): Promise<void>;
}

const maxBodyBytes = 1_048_576;
const databaseWaitMs = 60_000;
const databaseBackoff = { initialMs: 100, maxMs: 500 };

function codeSenderOf(config: RegistryConfig['codeSender'], clock: Clock): CodeSender {
  return config.kind === 'log' ? createLogCodeSender({ file: config.file, clock }) : createHttpCodeSender({ url: config.url, clock });
}

async function serve(parts: RegistryParts, metrics: ReturnType<typeof createMetrics>, host: string, port: number) {
  const adapter = new FastifyAdapter({ bodyLimit: maxBodyBytes });
  measureRequests(adapter.getInstance<FastifyInstance>(), metrics);
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares its options as a class and takes plain objects
  const app = await NestFactory.create<NestFastifyApplication>(RegistryModule.of(parts), adapter, {
    logger: false,
    abortOnError: false,
    bodyParser: true,
  });
  await app.listen(port, host);
  return app;
}

/** A registry that starts while its database is away, or is being recovered, waits for it. */
async function opened({ postgres }: RegistryConfig, log: Logger, clock: Clock): Promise<Database> {
  const deadlineMs = clock.monotonicMs() + databaseWaitMs;
  return retryUntilDone(
    {
      clock,
      signal: new AbortController().signal,
      backoff: databaseBackoff,
      isFinal: () => clock.monotonicMs() >= deadlineMs,
      onRetry: createErrorLog(log, 'waiting for the database'),
    },
    () => openDatabase(postgres),
  );
}

/** Migrates the registry's database, then serves. Stops in the reverse order. */
export async function startRegistry(config: RegistryConfig, log: Logger, clock: Clock = systemClock): Promise<RunningRegistry> {
  const database = await opened(config, log, clock);
  const chatServer = createEjabberd({ apiUrl: config.ejabberdApiUrl, domain: config.xmppDomain });
  const sender = codeSenderOf(config.codeSender, clock);
  const codes = createCodes({ database, sender, clock });
  const certificates = createCertificates(await readSigningKey(database), clock);
  const twoStep = createTwoStep({ database, chatServer, clock });
  const registrations = createRegistrations({ database, codes, certificates, chatServer, twoStep });
  const lookups = createLookups(database, chatServer);
  const templateChanges = createTemplateChanges({ database, clock });
  const templates = createTemplateCatalogue({ database, clock, onChange: () => templateChanges.notify() });
  const metrics = createMetrics({ process: 'registry', node: config.nodeName });
  const parts = { codes, registrations, lookups, certificates, templates, templateChanges, twoStep, operatorToken: config.operatorToken, log };
  const app = await serve(parts, metrics, config.registryHost, config.registryPort);
  let isDraining = false;
  const metricsServer = await startMetricsServer({
    port: config.metricsPort,
    host: config.metricsHost,
    registry: metrics,
    ready: async () => !isDraining && (await database.run('SELECT 1', [])).length === 1,
  });
  return {
    port: Number(new URL(await app.getUrl()).port),
    metricsPort: metricsServer.port,
    async stop() {
      isDraining = true;
      templateChanges.close();
      await app.close();
      await Promise.all([sender.close(), chatServer.close(), metricsServer.close()]);
      await database.close();
    },
  };
}
