import { callbackQueueConformance } from './callback-queue-conformance.ts';
import { createMemoryQueue } from './memory-queue.ts';

callbackQueueConformance('in memory', () => {
  const queue = createMemoryQueue();
  return Promise.resolve({
    queue,
    commit: (...row) => {
      queue.commit(...row);
      return Promise.resolve();
    },
    takeOver: () => {
      queue.epoch += 1;
      return Promise.resolve();
    },
  });
});
