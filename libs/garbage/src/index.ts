export { type Collector, type CollectorOptions, type Outcome, startCollector } from './collector.ts';
export { collectMedia, type MediaGarbageOptions } from './media.ts';
export { collectMessages, type MessageGarbageOptions, type OwnedShard } from './messages.ts';
