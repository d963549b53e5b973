import type { Cancel, Clock } from '@multiconnect/clock';
import { type ApiErrorBody, errorBody } from '@multiconnect/contract';
import type { CriticalErrors } from './critical-errors.ts';

const watchEveryMs = 30_000;

export interface Check {
  readonly key: string;
  /** What is wrong; undefined when nothing is. */
  readonly look: () => Promise<ApiErrorBody | undefined>;
  readonly onRejected: (error: unknown) => ApiErrorBody | undefined;
}

/** Looks now and every 30 s. */
export function watch(clock: Clock, checks: readonly Check[], criticalErrors: Pick<CriticalErrors, 'begin' | 'end'>): Cancel {
  const look = async ({ key, look: ask, onRejected }: Check) => {
    const error = await ask().catch(onRejected);
    if (error === undefined) criticalErrors.end(key);
    else criticalErrors.begin(key, error);
  };
  const lookAll = () => {
    for (const check of checks) void look(check);
  };
  lookAll();
  return clock.every(watchEveryMs, lookAll);
}

export interface Volume {
  /** What operators call it: data, log, media. */
  readonly name: string;
  readonly path: string;
}

const bytesAMegabyte = 1_000_000;

/** A volume has less free than it must. */
export function freeSpaceCheck({ name, path }: Volume, minFreeMb: number, freeBytes: (path: string) => Promise<number>): Check {
  const trouble = (what: string) => errorBody('generic', `Critical: ${what} of the ${name} directory (${path})`);
  return {
    key: `disk-${name}`,
    async look() {
      if ((await freeBytes(path)) >= minFreeMb * bytesAMegabyte) return undefined;
      return trouble(`less than ${minFreeMb} MB of storage left on the volume`);
    },
    onRejected: () => trouble('no answer from the volume'),
  };
}

/** The database does not answer. */
export function databaseCheck(ping: () => Promise<unknown>): Check {
  const trouble = errorBody('database', 'Critical: the database does not answer');
  return {
    key: 'database',
    async look() {
      await ping();
      return undefined;
    },
    onRejected: () => trouble,
  };
}
