// What group commit itself costs an item, on one core. `npm run bench` in this package.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createBatcher } from './index.ts';

const items = 500_000;

/** Microseconds of CPU an item, and items a flush, when that many are added in one turn of the event loop. */
async function measure(atOnce: number): Promise<{ readonly microseconds: number; readonly perFlush: number }> {
  let flushes = 0;
  const batcher = createBatcher<number, number>({
    maxItems: 256,
    maxInFlight: 1,
    // A commit takes at least until the socket is read again.
    async flush(batch) {
      flushes++;
      await nextTurn();
      return batch;
    },
  });
  const startedAt = process.cpuUsage();
  for (let added = 0; added < items; added += atOnce) {
    const results = Array.from({ length: atOnce }, (_, index) => batcher.add(added + index));
    await Promise.all(results);
  }
  await batcher.drain();
  const { user, system } = process.cpuUsage(startedAt);
  return { microseconds: (user + system) / items, perFlush: items / flushes };
}

await measure(100);
for (const atOnce of [1, 10, 100, 1_000]) {
  const { microseconds, perFlush } = await measure(atOnce);
  process.stdout.write(`${`${atOnce} at once, ${perFlush.toFixed(0)} a flush`.padEnd(36)} ${microseconds.toFixed(2)} us\n`);
}
