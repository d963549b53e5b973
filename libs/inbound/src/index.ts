export { createProcessor, type Processor, type ProcessorOptions } from './processor.ts';
export { createReceiver } from './receiver.ts';
