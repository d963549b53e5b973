import type { Clock } from '@multiconnect/clock';
import type { ApplicationSettings } from '@multiconnect/contract';
import type { SettingsSource } from './application-settings.ts';
import { readSettings } from './application-settings.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

const pollEveryMs = 5000;

function levelOf({ verbose_logging, log_level }: ApplicationSettings): LogLevel {
  if (verbose_logging) return 'debug';
  return log_level === 'warning' ? 'warn' : log_level;
}

export interface LogLevelOptions {
  readonly settings: SettingsSource;
  readonly account: number;
  readonly clock: Clock;
  /** Called with the level that the settings ask for, at each look. */
  readonly onLevel: (level: LogLevel) => void;
  readonly onError: (error: unknown) => void;
}

/** Follows `log_level` and `verbose_logging`; a change is seen within five seconds. Answers how to stop. */
export function followLogLevel({ settings, account, clock, onLevel, onError }: LogLevelOptions): () => void {
  const look = () => {
    readSettings(settings, account).then((read) => onLevel(levelOf(read)), onError);
  };
  look();
  return clock.every(pollEveryMs, look);
}
