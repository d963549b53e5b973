import { ConfigInvalid, type ConfigOf, type ConfigSchema, type Env, loadConfig } from '@multiconnect/config';
import { defaultRotation, type LogFile, type LogRotation, openLogFile } from './log-file.ts';
import { createLogger, type Logger } from './logger.ts';
import { startTelemetry, type Telemetry } from './sdk.ts';

/** What every process's configuration holds. */
export interface ProcessConfig {
  readonly nodeName: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly logDir?: string | undefined;
}

export interface Running {
  /** Stands in the line that says `ready`, say the ports. */
  readonly details?: Readonly<Record<string, string | number>>;
  /** How long `stop` may take until the process ends all the same. Default: 10 s. */
  readonly stopLimitMs?: number;
  stop(): Promise<void>;
}

export interface ProcessOptions<Schema extends ConfigSchema> {
  /** webapp, coreapp, … */
  readonly name: string;
  readonly config: Schema;
  /** Of the files in `logDir`. */
  readonly logRotation?: LogRotation;
  /** Resolves once the process does its job. Reads nothing from the environment but `config`. */
  readonly start: (config: ConfigOf<Schema>, log: Logger) => Promise<Running>;
}

/** What a process has for its stop, where it says nothing else. */
export const defaultStopLimitMs = 10_000;
export const exitCodes = { clean: 0, failed: 1, misconfigured: 2 } as const;

export function loadOrExit<Schema extends ConfigSchema>(name: string, schema: Schema, env: Env): ConfigOf<Schema> {
  try {
    return loadConfig(schema, env);
  } catch (error) {
    if (!(error instanceof ConfigInvalid)) throw error;
    process.stderr.write(error.problems.map((problem) => `${name}: ${problem}\n`).join(''));
    process.exit(exitCodes.misconfigured);
  }
}

export interface Log {
  readonly logger: Logger;
  readonly file: LogFile | undefined;
}

export function openLog(name: string, { logLevel, nodeName, logDir }: ProcessConfig, rotation: LogRotation): Log {
  const describe = { level: logLevel, process: name, node: nodeName };
  if (logDir === undefined) return { logger: createLogger(describe), file: undefined };
  const outputOnly = createLogger(describe);
  const onTrouble = (err: Error) => outputOnly.error({ err }, 'the log is not kept in its file');
  const file = openLogFile({ directory: logDir, name: `${name}-${nodeName}`, rotation, onTrouble });
  return { logger: createLogger({ ...describe, file }), file };
}

/** With the last lines in the file, too; a disk that does not answer holds up nothing for long. */
export async function exit(code: number, { file }: Log): Promise<never> {
  await file?.close();
  process.exit(code);
}

export function exitOnDefect(log: Log): void {
  const fail = (defect: string) => (err: unknown) => {
    log.logger.fatal({ err }, defect);
    if (log.file === undefined) process.exit(exitCodes.failed);
    void exit(exitCodes.failed, log);
  };
  process.on('unhandledRejection', fail('unhandled rejection'));
  process.on('uncaughtException', fail('uncaught exception'));
}

interface StopSignals {
  readonly first: Promise<NodeJS.Signals>;
  readonly second: Promise<NodeJS.Signals>;
}

/** Listened for all the time: without a listener, a second signal right after the first would end the process without a word. */
function stopSignals(): StopSignals {
  const first = Promise.withResolvers<NodeJS.Signals>();
  const second = Promise.withResolvers<NodeJS.Signals>();
  let told = first;
  const tell = (signal: NodeJS.Signals) => {
    told.resolve(signal);
    told = second;
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, tell);
  return { first: first.promise, second: second.promise };
}

async function stopAll(running: Running, telemetry: Telemetry, signals: StopSignals, log: Logger): Promise<void> {
  const endNow = (why: string) => {
    log.error(why);
    process.exit(exitCodes.failed);
  };
  setTimeout(() => endNow('stopping took too long'), running.stopLimitMs ?? defaultStopLimitMs).unref();
  void signals.second.then(() => endNow('told to stop again, and left at once'));
  await running.stop();
  await telemetry.stop();
}

/**
 * The frame of a process's `main`. The first SIGTERM or SIGINT stops it in good order; a second, or a stop that takes longer than
 * `stopLimitMs`, ends it for sure. Exit status 0 after a clean stop, 1 after an error, 2 for a bad configuration.
 */
export async function runProcess<Schema extends ConfigSchema>({ name, config: schema, logRotation = defaultRotation, start }: ProcessOptions<Schema>): Promise<void> {
  const config = loadOrExit(name, schema, process.env);
  const { nodeName } = config as unknown as ProcessConfig;
  const opened = openLog(name, config as unknown as ProcessConfig, logRotation);
  const { logger: log } = opened;
  exitOnDefect(opened);
  const signals = stopSignals();
  try {
    const telemetry = await startTelemetry({ serviceName: name, nodeName });
    const running = await Promise.race([start(config, log), signals.first]);
    if (typeof running === 'string') return await exit(exitCodes.clean, opened);
    log.info({ ready: true, pid: process.pid, ...running.details }, `${name} is ready`);
    log.info({ signal: await signals.first }, 'stopping');
    await stopAll(running, telemetry, signals, log);
    await exit(exitCodes.clean, opened);
  } catch (error) {
    log.fatal({ err: error }, error instanceof Error ? error.message : 'start failed');
    await exit(exitCodes.failed, opened);
  }
}
