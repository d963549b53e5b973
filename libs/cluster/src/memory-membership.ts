import type { Clock } from '@multiconnect/clock';
import { type Heartbeat, type HeartbeatStore, type NodeRegistry, type RegisteredNode, registrationLapsesMs } from './membership.ts';

/** Heartbeats in memory; `clear` empties them as FLUSHALL would. */
export function createMemoryHeartbeatStore(clock: Clock): HeartbeatStore & { clear(): void } {
  const beats = new Map<string, { readonly heartbeat: Heartbeat; readonly expiresMs: number }>();
  return {
    beat: (heartbeat, ttlMs) => {
      beats.set(heartbeat.id, { heartbeat, expiresMs: clock.monotonicMs() + ttlMs });
      return Promise.resolve();
    },
    readNodes: () => {
      const live = [...beats.values()].filter(({ expiresMs }) => clock.monotonicMs() < expiresMs);
      return Promise.resolve(live.map(({ heartbeat }) => heartbeat));
    },
    remove: (node) => {
      if (beats.get(node.id)?.heartbeat.boot === node.boot) beats.delete(node.id);
      return Promise.resolve();
    },
    clear: () => beats.clear(),
  };
}

/** A node registry in memory. */
export function createMemoryNodeRegistry(clock: Clock): NodeRegistry {
  const nodes = new Map<string, { readonly node: Omit<RegisteredNode, 'ageMs'>; readonly seenMs: number }>();
  const isLater = (id: string, startedAt: number) => (nodes.get(id)?.node.startedAt ?? 0) > startedAt;
  return {
    register: ({ id, role, host, port, startedAt }) => {
      const hasLapsed = clock.monotonicMs() - (nodes.get(id)?.seenMs ?? 0) > registrationLapsesMs;
      if (hasLapsed || !isLater(id, startedAt)) nodes.set(id, { node: { id, role, host, port, startedAt }, seenMs: clock.monotonicMs() });
      return Promise.resolve();
    },
    listNodes: (maxAgeMs) => {
      const all = [...nodes.values()].map(({ node, seenMs }) => ({ ...node, ageMs: clock.monotonicMs() - seenMs }));
      return Promise.resolve(all.filter(({ ageMs }) => ageMs < maxAgeMs).sort((a, b) => (a.id < b.id ? -1 : 1)));
    },
    remove: ({ id, startedAt }) => {
      if (!isLater(id, startedAt)) nodes.delete(id);
      return Promise.resolve();
    },
  };
}
