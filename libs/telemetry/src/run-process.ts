import { ConfigInvalid, type ConfigOf, type ConfigSchema, type Env, loadConfig } from '@multiconnect/config';
import { createLogger, type Logger } from './logger.ts';
import { startTelemetry, type Telemetry } from './sdk.ts';

/** What every process's configuration holds. */
export interface ProcessConfig {
  readonly nodeName: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

export interface Running {
  /** Stands in the line that says `ready`, say the ports. */
  readonly details?: Readonly<Record<string, string | number>>;
  stop(): Promise<void>;
}

export interface ProcessOptions<Schema extends ConfigSchema> {
  /** webapp, coreapp, … */
  readonly name: string;
  readonly config: Schema;
  /** Resolves once the process does its job. Reads nothing from the environment but `config`. */
  readonly start: (config: ConfigOf<Schema>, log: Logger) => Promise<Running>;
}

const stopLimitMs = 5000;
const exitCodes = { clean: 0, failed: 1, misconfigured: 2 } as const;

function loadOrExit<Schema extends ConfigSchema>(name: string, schema: Schema, env: Env): ConfigOf<Schema> {
  try {
    return loadConfig(schema, env);
  } catch (error) {
    if (!(error instanceof ConfigInvalid)) throw error;
    process.stderr.write(error.problems.map((problem) => `${name}: ${problem}\n`).join(''));
    process.exit(exitCodes.misconfigured);
  }
}

function exitOnDefect(log: Logger): void {
  const fail = (defect: string) => (err: unknown) => {
    log.fatal({ err }, defect);
    process.exit(exitCodes.failed);
  };
  process.on('unhandledRejection', fail('unhandled rejection'));
  process.on('uncaughtException', fail('uncaught exception'));
}

function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
  });
}

async function stopAll(running: Running, telemetry: Telemetry, log: Logger): Promise<void> {
  setTimeout(() => {
    log.error('stopping took too long');
    process.exit(exitCodes.failed);
  }, stopLimitMs).unref();
  await running.stop();
  await telemetry.stop();
}

/**
 * The frame of a process's `main`. Exit status 0 after a clean stop, 1 after an error, 2 for a bad configuration.
 */
export async function runProcess<Schema extends ConfigSchema>({ name, config: schema, start }: ProcessOptions<Schema>): Promise<void> {
  const config = loadOrExit(name, schema, process.env);
  const { logLevel, nodeName } = config as unknown as ProcessConfig;
  const log = createLogger({ level: logLevel, process: name, node: nodeName });
  exitOnDefect(log);
  const signalled = stopSignal();
  try {
    const telemetry = await startTelemetry({ serviceName: name, nodeName });
    const running = await Promise.race([start(config, log), signalled]);
    if (typeof running === 'string') process.exit(exitCodes.clean);
    log.info({ ready: true, pid: process.pid, ...running.details }, `${name} is ready`);
    log.info({ signal: await signalled }, 'stopping');
    await stopAll(running, telemetry, log);
    process.exit(exitCodes.clean);
  } catch (error) {
    log.fatal({ err: error }, error instanceof Error ? error.message : 'start failed');
    process.exit(exitCodes.failed);
  }
}
