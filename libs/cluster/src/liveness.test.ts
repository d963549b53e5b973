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

  it('takes the next boot of a dead node, though a wall clock that was set back makes it the earlier one', async () => {
    const dead = { ...nodeNamed('a'), boot: 'boot1', startedAt: 2000 };
    const next = { ...nodeNamed('a'), boot: 'boot2', startedAt: 1000 };
    await look(1, () => [heartbeatOf(dead, 1)]);
    await look(8, () => [heartbeatOf(next, (beats += 1))], ['a#boot1']);
    expect(nodes()).toEqual(['a#boot2']);
  });

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

  describe('a node that calls itself impaired', () => {
    type Said = Readonly<Record<string, Heartbeat['fitness']>>;
    const saying = (said: Said) => () => fresh(...Object.keys(said)).map((heartbeat) => ({ ...heartbeat, fitness: said[heartbeat.id] ?? 'unproven' }));
    const draining = () => liveness.nodes().filter((node) => node.draining).map(({ id }) => id);

    it('is drained once another has been proven for 750 ms', async () => {
      await look(2, saying({ a: 'proven', b: 'proven' }));
      await look(3, saying({ a: 'proven', b: 'impaired' }));
      expect(draining()).toEqual(['b#boot1']);
    });

    it('keeps its shards while nobody is proven: what is away for all moves nothing', async () => {
      await look(2, saying({ a: 'proven', b: 'proven', c: 'unproven' }));
      await look(1, saying({ a: 'impaired', b: 'proven', c: 'unproven' }));
      await look(20, saying({ a: 'impaired', b: 'impaired', c: 'unproven' }));
      expect(draining()).toEqual([]);
    });

    it('keeps its shards when all come back within half a second of each other', async () => {
      await look(8, saying({ a: 'impaired', b: 'impaired' }));
      await look(1, saying({ a: 'proven', b: 'impaired' }));
      await look(4, saying({ a: 'proven', b: 'proven' }));
      expect(draining()).toEqual([]);
    });

    it('is not outdone by the last word of a node that has gone silent', async () => {
      const last = { ...heartbeatOf(nodeNamed('a')), fitness: 'proven' as const };
      await look(1, () => [last, ...saying({ b: 'proven' })()]);
      await look(5, () => [last, ...saying({ b: 'impaired' })()]);
      expect(draining()).toEqual([]);
    });

    it('is passed over until it has been well for ten seconds, so that shards do not go to and fro', async () => {
      await look(4, saying({ a: 'proven', b: 'impaired' }));
      await look(39, saying({ a: 'proven', b: 'unproven' }));
      expect(draining()).toEqual(['b#boot1']);
      await look(2, saying({ a: 'proven', b: 'unproven' }));
      expect(draining()).toEqual([]);
    });
  });
});
