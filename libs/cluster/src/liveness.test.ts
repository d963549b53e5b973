import { createFakeClock } from '@multiconnect/clock';
import { beforeEach, describe, expect, it } from 'vitest';
import { createLiveness } from './liveness.ts';
import type { Liveness } from './liveness.ts';
import type { Heartbeat } from './membership.ts';
import { heartbeatOf, nodeNamed } from './testing/membership-conformance.ts';

const lookEveryMs = 250;

describe('createLiveness', () => {
  let clock: ReturnType<typeof createFakeClock>;
  let liveness: Liveness;
  let beats: number;
  beforeEach(() => {
    clock = createFakeClock();
    liveness = createLiveness({ clock, unhealthyAfterMs: 1500, longestLookMs: 500 });
    beats = 0;
  });

  const fresh = (...ids: readonly string[]): Heartbeat[] => {
    beats += 1;
    return ids.map((id) => heartbeatOf(nodeNamed(id), beats));
  };
  const look = async (times: number, heartbeats: () => readonly Heartbeat[], owners: readonly string[] = []) => {
    for (let time = 0; time < times; time += 1) {
      liveness.observe(heartbeats(), owners);
      await clock.advance(lookEveryMs);
    }
  };
  const nodes = () => liveness.nodes().map(({ id, suspect }) => (suspect ? `${id}?` : id));

  it('calls a node dead after unhealthyAfterMs of watching without a new beat, though its last one is still there', async () => {
    const last = heartbeatOf(nodeNamed('b'));
    await look(1, () => [...fresh('a'), last]);
    await look(5, () => [...fresh('a'), last]);
    expect(nodes()).toEqual(['a#boot1', 'b#boot1?']);
    await look(1, () => [...fresh('a'), last]);
    expect(nodes()).toEqual(['a#boot1']);
  });

  it('gives owners that it has never seen the same grace, and no shard', async () => {
    await look(6, () => [], ['a#boot1']);
    expect(nodes()).toEqual(['a#boot1?']);
    await look(1, () => [], ['a#boot1']);
    expect(nodes()).toEqual([]);
  });

  it('kills nobody when the store was emptied and beats come back', async () => {
    await look(4, () => fresh('a', 'b'));
    await look(2, () => []);
    await look(1, () => fresh('a', 'b'));
    expect(nodes()).toEqual(['a#boot1', 'b#boot1']);
  });

  it('counts neither an outage of the store nor a stall of its own', async () => {
    await look(4, () => fresh('a'));
    for (let outage = 0; outage < 100; outage += 1) {
      liveness.lookedAway();
      await clock.advance(lookEveryMs);
    }
    liveness.observe([], []);
    expect(nodes()).toEqual(['a#boot1']);
    await clock.advance(60_000);
    liveness.observe([], []);
    expect(nodes()).toEqual(['a#boot1']);
  });

  it('calls the earlier boot of a node dead as soon as a later one is seen', () => {
    liveness.observe([heartbeatOf(nodeNamed('a', 'old', 1000))], []);
    liveness.observe([heartbeatOf(nodeNamed('a', 'new', 2000))], ['a#old']);
    expect(nodes()).toEqual(['a#new']);
    liveness.observe([heartbeatOf(nodeNamed('a', 'old', 1000), 2)], ['a#old']);
    expect(nodes()).toEqual(['a#new']);
  });
});
