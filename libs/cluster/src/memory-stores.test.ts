import { createFakeClock } from '@multiconnect/clock';
import { createMemoryLeaseStore } from './lease-store.ts';
import { createMemoryHeartbeatStore, createMemoryNodeRegistry } from './memory-membership.ts';
import { createMemoryShardMap } from './memory-shard-map.ts';
import { createMemoryTermStore } from './memory-term-store.ts';
import { leaseStoreConformance } from './testing/lease-store-conformance.ts';
import { membershipConformance } from './testing/membership-conformance.ts';
import { shardMapConformance } from './testing/shard-map-conformance.ts';

leaseStoreConformance('memory', () => {
  const clock = createFakeClock();
  return { store: createMemoryLeaseStore(clock), pass: (ms) => clock.advance(ms) };
});

shardMapConformance('memory', () => {
  const terms = createMemoryTermStore();
  return Promise.resolve({ shardMap: createMemoryShardMap(terms), terms, account: 1 });
});

membershipConformance('memory', () => {
  const clock = createFakeClock();
  return Promise.resolve({
    heartbeats: createMemoryHeartbeatStore(clock),
    registry: createMemoryNodeRegistry(clock),
    pass: (ms) => clock.advance(ms),
    ageRegistrations: (ms) => clock.advance(ms),
  });
});
