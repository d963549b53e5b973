import type { ConfigOf, ConfigSchema } from '@multiconnect/config';
import { defaultRotation } from './log-file.ts';
import type { Logger } from './logger.ts';
import { exit, exitCodes, exitOnDefect, loadOrExit, openLog, type ProcessConfig } from './run-process.ts';

export interface JobOptions<Schema extends ConfigSchema> {
  /** upgrade, … */
  readonly name: string;
  readonly config: Schema;
  /** Resolves once the job is done. Reads nothing from the environment but `config`. */
  readonly run: (config: ConfigOf<Schema>, log: Logger) => Promise<void>;
}

/** The frame of a job's `main`: what ends by itself. Exit status 0 when it is done, 1 after an error, 2 for a bad configuration. */
export async function runJob<Schema extends ConfigSchema>({ name, config: schema, run }: JobOptions<Schema>): Promise<void> {
  const config = loadOrExit(name, schema, process.env);
  const opened = openLog(name, config as unknown as ProcessConfig, defaultRotation);
  const { logger: log } = opened;
  exitOnDefect(opened);
  try {
    await run(config, log);
    log.info({ done: true }, `${name} is done`);
    await exit(exitCodes.clean, opened);
  } catch (error) {
    log.fatal({ err: error }, error instanceof Error ? error.message : `${name} failed`);
    await exit(exitCodes.failed, opened);
  }
}
