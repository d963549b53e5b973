export { type CoreappStatistics, createCoreappStatistics } from './coreapp-statistics.ts';
export { databaseFamilies, internalDatabaseFamilies } from './database.ts';
export { familiesOf, prometheusContentType, prometheusText } from './families.ts';
export { createProcessStatistics, type ProcessStatistics } from './process-statistics.ts';
export { createTiming, type Timing, type TimingOptions } from './timing.ts';
