export { connectRedis } from './connect.ts';
export { type GoneQueuesOptions, removeGoneQueues } from './gone-queues.ts';
export { createInboxWake, type InboxWake } from './inbox-wake.ts';
export { outboundQueueName } from './names.ts';
export { createOutboundQueues, type OutboundQueues } from './producer.ts';
export { type OutboundWorker, runOutboundWorker } from './worker.ts';
