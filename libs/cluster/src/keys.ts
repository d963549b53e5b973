/**
 * Every Redis key of the cluster. Nothing here is the only copy of anything: with Redis emptied, leases and heartbeats
 * come back within a beat, and the shard map is in PostgreSQL.
 *
 * | key | type | TTL | written by | read by |
 * |---|---|---|---|---|
 * | `{prefix}:leader` | string: `<node id>#<boot>#<attempt>` | the lease's, 1500 ms | the leading master (lease-*.lua) | masters, health |
 * | `{prefix}:node:<id>` | string: a `Heartbeat` as JSON | 2000 ms, again at every beat (300 ms) | the node itself (node-*.lua) | leader, webapps, health |
 * | `{prefix}:nodes` | sorted set: id, scored by the server's time at which its heartbeat expires | 2000 ms | every node, at each beat | those who read heartbeats |
 * | `{prefix}:shard-map` | pub/sub channel, empty messages | none | the leader, after each change of the map | coreapps |
 * | `{prefix}:nodes-changed` | pub/sub channel, empty messages | none | a coreapp that drains | masters |
 *
 * Flows. Beat: one script sets the node's key, scores it in the index, and drops index members that have expired.
 * Read: the index's members, then one MGET of their keys; a member without a key is no node. Nothing scans the key space.
 * On a Redis Cluster, the prefix must carry a hash tag (`{multiconnect}`), as the beat touches two keys.
 */
export interface ClusterKeys {
  readonly leader: string;
  readonly nodes: string;
  readonly shardMapChannel: string;
  readonly nodesChannel: string;
  node(id: string): string;
}

export function clusterKeys(prefix: string): ClusterKeys {
  return {
    leader: `${prefix}:leader`,
    nodes: `${prefix}:nodes`,
    shardMapChannel: `${prefix}:shard-map`,
    nodesChannel: `${prefix}:nodes-changed`,
    node: (id) => `${prefix}:node:${id}`,
  };
}
