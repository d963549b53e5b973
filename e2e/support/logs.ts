import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '@multiconnect/local';

/** What all processes of a cluster have written so far, line by line. */
export function logLines({ dir }: Cluster): string[] {
  const logs = join(dir, 'logs');
  return readdirSync(logs).flatMap((file) => readFileSync(join(logs, file), 'utf8').split('\n').filter((line) => line !== ''));
}

export interface LogLine {
  readonly level: string;
  readonly process: string;
  readonly node: string;
  readonly msg: string;
  readonly message_id?: string;
  readonly trace_id?: string;
  readonly shard?: number;
  readonly epoch?: number;
}

/** Throws when a line is not JSON. */
export const parsedLines = (cluster: Cluster): LogLine[] => logLines(cluster).map((line) => JSON.parse(line) as LogLine);
