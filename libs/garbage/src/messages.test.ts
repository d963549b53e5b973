import { createFakeClock } from '@multiconnect/clock';
import { Fenced, type Housekeeping } from '@multiconnect/message-store';
import { expect, it } from 'vitest';
import { collectMessages } from './index.ts';

const shard = (number: number, slots: readonly number[], signal = new AbortController().signal) => ({
  tenure: { account: 1, shard: number, epoch: 1, signal },
  slots,
});

it('goes through every slot of its shards to the end, and leaves the time between the steps to others', async () => {
  const clock = createFakeClock();
  const steps: string[] = [];
  const collect: Housekeeping['collect'] = (tenure, slot, _ages, _amount, after) => {
    steps.push(`${tenure.shard}/${slot} after ${after ?? 'start'} at ${clock.monotonicMs()}`);
    return Promise.resolve(after === undefined ? { deleted: 3, next: 'a' } : { deleted: 1 });
  };
  const done = collectMessages({ housekeeping: { collect }, clock, shards: [shard(0, [0, 2]), shard(1, [1])], signal: new AbortController().signal });
  await clock.advance(1_000);
  expect(await done).toBe(12);
  expect(steps).toEqual([
    '0/0 after start at 0', '0/0 after a at 20', '0/2 after start at 20', '0/2 after a at 40', '1/1 after start at 40', '1/1 after a at 60',
  ]);
});

it('leaves a shard to its new owner and goes on with the others', async () => {
  const clock = createFakeClock();
  const lost = shard(0, [0, 2]);
  const collect: Housekeeping['collect'] = (tenure) => (tenure.shard === 0 ? Promise.reject(new Fenced(lost.tenure)) : Promise.resolve({ deleted: 7 }));
  const aborted = shard(2, [3], AbortSignal.abort());
  expect(await collectMessages({ housekeeping: { collect }, clock, shards: [lost, aborted, shard(1, [1])], signal: new AbortController().signal })).toBe(7);
});

it('fails with what the database says', async () => {
  const collect = () => Promise.reject(new Error('away'));
  const done = collectMessages({ housekeeping: { collect }, clock: createFakeClock(), shards: [shard(0, [0])], signal: new AbortController().signal });
  await expect(done).rejects.toThrow('away');
});
