export { createDownloads, defaultDownloadLimits, type DownloadLimits, type Downloads, type DownloadsOptions } from './downloads.ts';
export { uploadsOf } from './plain-text.ts';
export { createProcessor, type Processor, type ProcessorOptions } from './processor.ts';
export type { ReadingPolicy } from './reading.ts';
export { createReceiver } from './receiver.ts';
