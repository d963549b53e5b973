import { createFakeClock } from '@multiconnect/clock';
import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryShardMap } from './memory-shard-map.ts';
import { createMemoryTermStore } from './memory-term-store.ts';
import { runOwnership } from './ownership.ts';
import type { OwnershipOptions } from './ownership.ts';
import { LeaseLost } from './shard-lease.ts';
import type { ShardLease } from './shard-lease.ts';
import { createMemoryShardMapWake } from './shard-wake.ts';
import { faulty } from './testing/faulty.ts';

describe('runOwnership', () => {
  let clock: ReturnType<typeof createFakeClock>;
  let shardMap: ReturnType<typeof createMemoryShardMap>;
  let wake: ReturnType<typeof createMemoryShardMapWake>;
  let events: string[];
  let errors: unknown[];
  let leases: ShardLease[];
  beforeEach(async () => {
    clock = createFakeClock();
    shardMap = createMemoryShardMap(createMemoryTermStore());
    wake = createMemoryShardMapWake();
    events = [];
    errors = [];
    leases = [];
    await shardMap.ensureShards(1, 1, 1);
  });

  const assign = async (owner: string | null, shard = 0) => {
    await shardMap.assign(1, [{ account: 1, shard, owner }]);
    await wake.publish();
    await clock.settle();
  };
  const own = (options: Partial<OwnershipOptions> = {}) =>
    runOwnership({
      shardMap,
      wake,
      clock,
      owner: 'me',
      accounts: () => Promise.resolve([1]),
      onAcquired: (lease) => {
        leases.push(lease);
        events.push(`acquired ${lease.epoch}`);
      },
      onLost: (lease) => {
        events.push(`lost ${lease.epoch}`);
      },
      requestRelease: () => Promise.resolve(),
      onError: (error) => errors.push(error),
      ...options,
    });

  it('acquires and loses as the map says, woken or by itself', async () => {
    const ownership = own();
    await clock.settle();
    await assign('me');
    expect(ownership.owned()).toMatchObject([{ account: 1, shard: 0, epoch: 2, owner: 'me', shardCount: 1 }]);
    await shardMap.assign(1, [{ account: 1, shard: 0, owner: 'other' }]);
    await clock.advance(500);
    expect(events).toEqual(['acquired 2', 'lost 2']);
    expect(leases[0]?.signal.reason).toBeInstanceOf(LeaseLost);
    expect(ownership.owned()).toEqual([]);
  });

  it('re-acquires under the higher epoch when it never noticed that it had lost the shard', async () => {
    own();
    await assign('me');
    await shardMap.assign(1, [{ account: 1, shard: 0, owner: 'other' }]);
    await shardMap.assign(1, [{ account: 1, shard: 0, owner: 'me' }]);
    await clock.advance(500);
    expect(events).toEqual(['acquired 2', 'lost 2', 'acquired 4']);
  });

  it('begins anew with other slots when the number of shards changes, and says that the shard goes on here', async () => {
    const ownership = own();
    await assign('me');
    await shardMap.ensureShards(1, 1, 2);
    await wake.publish();
    await clock.settle();
    expect(ownership.owned()).toMatchObject([{ shard: 0, epoch: 3, shardCount: 2 }]);
    expect(leases[0]?.signal.reason).toMatchObject({ reason: 'regrouped' });
  });

  it('says that a shard is lost which is no more after the change of their number, or is another\'s', async () => {
    const ownership = own();
    await shardMap.ensureShards(1, 1, 2);
    await shardMap.assign(1, [{ account: 1, shard: 0, owner: 'me' }]);
    await assign('me', 1);
    await shardMap.ensureShards(1, 1, 1);
    await shardMap.assign(1, [{ account: 1, shard: 0, owner: 'other' }]);
    await wake.publish();
    await clock.settle();
    expect(leases.map(({ signal }) => (signal.reason as LeaseLost).reason)).toEqual(['reassigned', 'reassigned']);
    expect(ownership.owned()).toEqual([]);
  });

  it('never lets two tenures of a shard overlap, and skips one that was over before its turn', async () => {
    let closed: () => void = () => undefined;
    own({
      onLost: async (lease) => {
        events.push(`closing ${lease.epoch}`);
        await new Promise<void>((resolve) => (closed = resolve));
        events.push(`lost ${lease.epoch}`);
      },
    });
    await assign('me');
    await assign('other');
    await assign('me');
    await assign('other');
    await assign('me');
    expect(events).toEqual(['acquired 2', 'closing 2']);
    closed();
    await clock.settle();
    expect(events).toEqual(['acquired 2', 'closing 2', 'lost 2', 'acquired 6']);
  });

  it('aborts the lease of a tenure that is still being acquired, and tells acquired before lost', async () => {
    own({
      onAcquired: async (lease) => {
        events.push(`connecting ${lease.epoch}`);
        await new Promise<void>((resolve) => lease.signal.addEventListener('abort', () => resolve()));
        events.push(`gave up ${lease.epoch}`);
      },
    });
    await assign('me');
    await assign('other');
    expect(events).toEqual(['connecting 2', 'gave up 2', 'lost 2']);
  });

  it('keeps serving what it has while the map cannot be read', async () => {
    const broken = faulty(shardMap);
    const ownership = own({ shardMap: broken.store });
    await assign('me');
    broken.set('throws');
    await clock.advance(60_000);
    expect(ownership.owned()).toHaveLength(1);
    expect(events).toEqual(['acquired 2']);
    expect(errors.length).toBeGreaterThan(0);
  });

  it('closes at once when its write was fenced, and comes back under a new epoch only', async () => {
    const ownership = own();
    await assign('me');
    await shardMap.assign(1, [{ account: 1, shard: 0, owner: 'other' }]);
    leases[0]?.fence('a write touched nothing');
    expect(ownership.owned()).toEqual([]);
    expect(String(leases[0]?.signal.reason)).toContain('a write touched nothing');
    await clock.advance(2000);
    expect(events).toEqual(['acquired 2', 'lost 2']);
    await assign('me');
    expect(events).toEqual(['acquired 2', 'lost 2', 'acquired 4']);
  });

  it('tries a tenure again, after a pause, when it could not begin', async () => {
    let failures = 2;
    own({
      onAcquired: (lease) => {
        events.push(`acquired ${lease.epoch}`);
        failures -= 1;
        if (failures >= 0) throw new Error('no connection');
      },
    });
    await assign('me');
    expect(events).toEqual(['acquired 2', 'lost 2']);
    await clock.advance(2000);
    expect(events).toEqual(['acquired 2', 'lost 2', 'acquired 2', 'lost 2', 'acquired 2']);
    expect(errors).toEqual([new Error('no connection'), new Error('no connection')]);
  });

  it('begins every message shard anew when their number changes, with the new grouping', async () => {
    const ownership = own();
    await assign('me');
    await shardMap.ensureShards(1, 1, 4);
    await wake.publish();
    await clock.settle();
    expect(events).toEqual(['acquired 2', 'lost 2', 'acquired 3']);
    expect(ownership.owned()).toMatchObject([{ shard: 0, epoch: 3, shardCount: 4 }]);
  });

  it('loses a shard that is gone', async () => {
    await shardMap.ensureShards(1, 1, 2);
    const ownership = own();
    await assign('me', 1);
    await shardMap.ensureShards(1, 1, 1);
    await clock.advance(500);
    expect(ownership.owned()).toEqual([]);
  });

  it('drains: asks for release, and waits until others own its shards and its own ends are over', async () => {
    const ownership = own({ requestRelease: () => assign('other') });
    await assign('me');
    expect(await ownership.drain(5000)).toEqual([]);
    expect(events).toEqual(['acquired 2', 'lost 2']);
  });

  it('ends a drain at its timeout with what is still owned', async () => {
    const ownership = own();
    await assign('me');
    const drained = ownership.drain(5000);
    await clock.advance(5000);
    expect(await drained).toHaveLength(1);
  });

  it('ends every tenure when stopped, and acquires nothing more', async () => {
    const ownership = own();
    await assign('me');
    await ownership.stop();
    expect(events).toEqual(['acquired 2', 'lost 2']);
    await assign('other');
    await assign('me');
    await clock.advance(2000);
    expect(events).toEqual(['acquired 2', 'lost 2']);
    expect(clock.pending()).toBe(0);
  });
});
