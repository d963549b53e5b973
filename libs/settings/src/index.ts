export { createApplicationSettings, readSettings } from './application-settings.ts';
export type { ApplicationSettingsService, SettingsAnswer, SettingsSource } from './application-settings.ts';
export { createSettingsReader } from './settings-reader.ts';
export type { SettingsReader, SettingsReaderOptions } from './settings-reader.ts';
export { followLogLevel } from './log-level.ts';
export type { LogLevel, LogLevelOptions } from './log-level.ts';
