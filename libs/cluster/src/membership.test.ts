import { createFakeClock } from '@multiconnect/clock';
import { beforeEach, describe, expect, it } from 'vitest';
import { runMembership } from './membership.ts';
import { createMemoryHeartbeatStore, createMemoryNodeRegistry } from './memory-membership.ts';
import { faulty } from './testing/faulty.ts';
import { nodeNamed } from './testing/membership-conformance.ts';

describe('runMembership', () => {
  let clock: ReturnType<typeof createFakeClock>;
  let heartbeats: ReturnType<typeof faulty<ReturnType<typeof createMemoryHeartbeatStore>>>;
  let registry: ReturnType<typeof faulty<ReturnType<typeof createMemoryNodeRegistry>>>;
  let errors: unknown[];
  let draining: boolean;
  beforeEach(() => {
    clock = createFakeClock();
    heartbeats = faulty(createMemoryHeartbeatStore(clock));
    registry = faulty(createMemoryNodeRegistry(clock));
    errors = [];
    draining = false;
  });

  const join = (status = () => ({ draining, shards: ['1/0'] })) =>
    runMembership({
      heartbeats: heartbeats.store,
      registry: registry.store,
      clock,
      node: nodeNamed('a'),
      status,
      onError: (error) => errors.push(error),
    });

  it('is a member at once, and with every beat a newer one', async () => {
    join();
    await clock.settle();
    expect(await heartbeats.store.readNodes()).toMatchObject([{ id: 'a', beat: 1, draining: false, shards: ['1/0'] }]);
    expect(await registry.store.listNodes(60_000)).toMatchObject([{ id: 'a' }]);
    await clock.advance(3000);
    expect(await heartbeats.store.readNodes()).toMatchObject([{ beat: 11 }]);
  });

  it('says at once what changed', async () => {
    const membership = join();
    await clock.settle();
    draining = true;
    await membership.beatNow();
    expect(await heartbeats.store.readNodes()).toMatchObject([{ draining: true }]);
  });

  it('comes back by itself after the stores failed or were silent, and after its own status failed', async () => {
    let failures = 1;
    join(() => {
      failures -= 1;
      if (failures >= 0) throw new Error('not wired yet');
      return { draining, shards: [] };
    });
    await clock.settle();
    expect(errors).toEqual([new Error('not wired yet')]);
    heartbeats.set('silent');
    registry.set('throws');
    await clock.advance(30_000);
    expect(await registry.store.listNodes(20_000).catch(() => 'failing')).toBe('failing');
    heartbeats.set('none');
    registry.set('none');
    await clock.advance(7000);
    expect(await heartbeats.store.readNodes()).toHaveLength(1);
    expect(await registry.store.listNodes(6000)).toHaveLength(1);
  });

  it('is gone from both stores after a clean stop', async () => {
    const membership = join();
    await clock.advance(1000);
    await membership.stop();
    expect(await heartbeats.store.readNodes()).toEqual([]);
    expect(await registry.store.listNodes(60_000)).toEqual([]);
    expect(clock.pending()).toBe(0);
  });
});
