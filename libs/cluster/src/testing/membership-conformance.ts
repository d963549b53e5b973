import { beforeEach, describe, expect, it } from 'vitest';
import { type Heartbeat, type HeartbeatStore, type NodeIdentity, type NodeRegistry, registrationLapsesMs } from '../membership.ts';

interface Stores {
  readonly heartbeats: HeartbeatStore;
  readonly registry: NodeRegistry;
  pass(ms: number): Promise<void>;
  /** Makes what is registered seem not to have been renewed for so much longer. */
  ageRegistrations(ms: number): Promise<void>;
}

export const nodeNamed = (id: string, boot = 'boot1', startedAt = 1_700_000_000_000): NodeIdentity => ({
  id,
  boot,
  role: 'coreapp',
  host: '127.0.0.1',
  port: 7000,
  startedAt,
});

export const heartbeatOf = (node: NodeIdentity, beat = 1): Heartbeat => ({ ...node, beat, draining: false, shards: ['1/0'] });

/** What every heartbeat store and node registry must do. `make` gives empty ones. */
export function membershipConformance(name: string, make: () => Promise<Stores>): void {
  describe(`membership: ${name}`, () => {
    let stores: Stores;
    beforeEach(async () => {
      stores = await make();
    });
    const liveIds = async () => (await stores.heartbeats.readNodes()).map(({ id }) => id).sort();

    it('shows the latest heartbeat of each node', async () => {
      const { heartbeats } = stores;
      expect(await heartbeats.readNodes()).toEqual([]);
      await heartbeats.beat(heartbeatOf(nodeNamed('a')), 60_000);
      await heartbeats.beat(heartbeatOf(nodeNamed('b')), 60_000);
      await heartbeats.beat({ ...heartbeatOf(nodeNamed('a'), 2), draining: true, metricsPort: 9100 }, 60_000);
      const nodes = [...(await heartbeats.readNodes())].sort((x, y) => (x.id < y.id ? -1 : 1));
      expect(nodes).toEqual([
        { ...heartbeatOf(nodeNamed('a'), 2), draining: true, metricsPort: 9100 },
        heartbeatOf(nodeNamed('b')),
      ]);
    });

    it('forgets a node whose heartbeats end, and keeps one whose go on', async () => {
      const { heartbeats } = stores;
      await heartbeats.beat(heartbeatOf(nodeNamed('gone')), 20);
      await heartbeats.beat(heartbeatOf(nodeNamed('alive')), 60_000);
      await stores.pass(40);
      expect(await liveIds()).toEqual(['alive']);
    });

    it('removes the heartbeat of the boot that stops, not of a later one', async () => {
      const { heartbeats } = stores;
      await heartbeats.beat(heartbeatOf(nodeNamed('a', 'boot2')), 60_000);
      await heartbeats.remove(nodeNamed('a', 'boot1'));
      expect(await liveIds()).toEqual(['a']);
      await heartbeats.remove(nodeNamed('a', 'boot2'));
      expect(await liveIds()).toEqual([]);
    });

    it('lists registered nodes by age, and the later boot of a node', async () => {
      const { registry } = stores;
      await registry.register(nodeNamed('b'));
      await registry.register(nodeNamed('a', 'boot2', 1_700_000_000_200));
      await registry.register({ ...nodeNamed('a', 'boot1', 1_700_000_000_100), port: 1 });
      const nodes = await registry.listNodes(60_000);
      expect(nodes.map(({ id, port, startedAt }) => [id, port, startedAt])).toEqual([
        ['a', 7000, 1_700_000_000_200],
        ['b', 7000, 1_700_000_000_000],
      ]);
      await stores.pass(40);
      expect(await registry.listNodes(20)).toEqual([]);
    });

    it('takes the boot that registers when the one before has gone silent, though a wall clock that was set back makes it the earlier one', async () => {
      const { registry } = stores;
      await registry.register(nodeNamed('a', 'boot1', 1_700_000_000_200));
      await stores.ageRegistrations(registrationLapsesMs + 1);
      await registry.register({ ...nodeNamed('a', 'boot2', 1_700_000_000_100), port: 7001 });
      expect((await registry.listNodes(60_000)).map(({ port }) => port)).toEqual([7001]);
    });

    it('removes the registration of the boot that stops, not of a later one', async () => {
      const { registry } = stores;
      await registry.register(nodeNamed('a', 'boot2', 1_700_000_000_200));
      await registry.remove({ id: 'a', startedAt: 1_700_000_000_100 });
      expect(await registry.listNodes(60_000)).toHaveLength(1);
      await registry.remove({ id: 'a', startedAt: 1_700_000_000_200 });
      expect(await registry.listNodes(60_000)).toEqual([]);
    });
  });
}
