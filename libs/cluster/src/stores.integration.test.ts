import { systemClock } from '@multiconnect/clock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterKeys } from './keys.ts';
import { createPostgresNodeRegistry } from './postgres-node-registry.ts';
import { createPostgresShardMap } from './postgres-shard-map.ts';
import { createRedisHeartbeatStore } from './redis-heartbeat-store.ts';
import { createRedisLeaseStore } from './redis-lease-store.ts';
import { statement } from './statement.ts';
import { createPostgresTermStore } from './term-store.ts';
import { leaseStoreConformance } from './testing/lease-store-conformance.ts';
import { heartbeatOf, membershipConformance, nodeNamed } from './testing/membership-conformance.ts';
import { openTestServices } from './testing/services.ts';
import type { TestServices } from './testing/services.ts';
import { shardMapConformance } from './testing/shard-map-conformance.ts';

let services: TestServices;
beforeAll(async () => {
  services = await openTestServices();
});
afterAll(() => services.close());

let accounts = 1;
const newAccount = async () => {
  accounts += 1;
  await services.pool.query('INSERT INTO account (id) VALUES ($1)', [accounts]);
  return accounts;
};

leaseStoreConformance('Redis', () => ({
  store: createRedisLeaseStore(services.redis, services.newPrefix()),
  pass: (ms) => systemClock.sleep(ms),
}));

shardMapConformance('PostgreSQL', async () => ({
  shardMap: createPostgresShardMap(services.pool),
  terms: createPostgresTermStore(services.pool),
  account: await newAccount(),
}));

membershipConformance('Redis and PostgreSQL', async () => {
  await services.pool.query('DELETE FROM node');
  return {
    heartbeats: createRedisHeartbeatStore(services.redis, services.newPrefix()),
    registry: createPostgresNodeRegistry(services.pool),
    pass: (ms) => systemClock.sleep(ms),
    ageRegistrations: async (ms) => {
      await services.pool.query(`UPDATE node SET seen_at = seen_at - $1 * interval '1 ms'`, [ms]);
    },
  };
});

describe('heartbeats in Redis', () => {
  it('drop nodes from the index once their heartbeat has expired, and leave no key for ever', async () => {
    const prefix = services.newPrefix();
    const keys = clusterKeys(prefix);
    const heartbeats = createRedisHeartbeatStore(services.redis, prefix);
    await heartbeats.beat(heartbeatOf(nodeNamed('gone')), 20);
    await systemClock.sleep(40);
    await heartbeats.beat(heartbeatOf(nodeNamed('alive')), 60_000);
    expect(await services.redis.zrange(keys.nodes, 0, '-1')).toEqual(['alive']);
    expect(await services.redis.pttl(keys.nodes)).toBeGreaterThan(0);
    expect(await services.redis.pttl(keys.node('alive'))).toBeGreaterThan(0);
  });

  it('go on after the server forgot the scripts', async () => {
    const heartbeats = createRedisHeartbeatStore(services.redis, services.newPrefix());
    await services.redis.script('FLUSH');
    await heartbeats.beat(heartbeatOf(nodeNamed('a')), 60_000);
    expect(await heartbeats.readNodes()).toHaveLength(1);
  });
});

describe('the fence', () => {
  const assertFence = statement('fence-assert');
  const open = async () => {
    const account = await newAccount();
    const shardMap = createPostgresShardMap(services.pool);
    const terms = createPostgresTermStore(services.pool);
    const term = await terms.next('leader');
    await shardMap.ensureShards(term, account, 1);
    const [row] = await shardMap.assign(term, [{ account, shard: 0, owner: 'a#1' }]);
    return { account, shardMap, terms, term, epoch: row?.epoch ?? -1 };
  };
  const waitsForLock = async () => {
    const waiting = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
    for (;;) {
      const { rows } = await services.pool.query<{ n: number }>(waiting);
      if ((rows[0]?.n ?? 0) > 0) return;
    }
  };

  it('makes the change of owner wait for the open transaction of the owner, and lets none of its later writes through', async () => {
    const { account, shardMap, term, epoch } = await open();
    const owner = await services.pool.connect();
    await owner.query('BEGIN');
    expect((await owner.query(assertFence, [account, 0, epoch])).rows).toHaveLength(1);

    const order: string[] = [];
    const assigned = shardMap.assign(term, [{ account, shard: 0, owner: 'b#1' }]).then(() => order.push('assigned'));
    await waitsForLock();
    order.push('committing');
    await owner.query(`INSERT INTO setting (account, name, value) VALUES ($1, 'written', '1')`, [account]);
    await owner.query('COMMIT');
    await assigned;
    expect(order).toEqual(['committing', 'assigned']);

    const written = await owner.query(
      `WITH ${statement('fence')}
       INSERT INTO setting (account, name, value) SELECT $1, 'late', '1' FROM fence WHERE $2::int IS NOT NULL`,
      [account, 0, epoch],
    );
    expect(written.rowCount).toBe(0);
    owner.release();
  });

  it('stops a write that had to wait for the change of owner', async () => {
    const { account, epoch } = await open();
    const leader = await services.pool.connect();
    await leader.query('BEGIN');
    await leader.query('UPDATE shard SET epoch = epoch + 1 WHERE account = $1 AND shard = 0', [account]);
    const late = services.pool.query(assertFence, [account, 0, epoch]);
    await waitsForLock();
    await leader.query('COMMIT');
    leader.release();
    expect((await late).rows).toHaveLength(0);
  });

  it('stops a write whose shard was removed', async () => {
    const { account, shardMap, term } = await open();
    const before = await shardMap.ensureShards(term, account, 2);
    const epoch = before.find(({ shard }) => shard === 1)?.epoch;
    await shardMap.ensureShards(term, account, 1);
    expect((await services.pool.query(assertFence, [account, 1, epoch])).rows).toHaveLength(0);
  });

  it('holds up no change of owner for an owner that froze within a transaction, given the idle timeout that README.md asks for', async () => {
    const { account, shardMap, term, epoch } = await open();
    const frozen = await services.pool.connect();
    frozen.on('error', () => undefined);
    await frozen.query(`SET idle_in_transaction_session_timeout = 200`);
    await frozen.query('BEGIN');
    await frozen.query(assertFence, [account, 0, epoch]);
    expect(await shardMap.assign(term, [{ account, shard: 0, owner: 'b#1' }])).toHaveLength(1);
    await expect(frozen.query('COMMIT')).rejects.toThrow();
    frozen.release(true);
  });

  it('keeps a new term waiting for a write of the old one, so that no write of an old term follows one of a new', async () => {
    const { account, terms, shardMap, term } = await open();
    const old = await services.pool.connect();
    await old.query('BEGIN');
    await old.query(statement('term-hold'), [term]);
    const newer = terms.next('another');
    await waitsForLock();
    await old.query('COMMIT');
    old.release();
    expect(await newer).toBe(term + 1);
    await expect(shardMap.assign(term, [{ account, shard: 0, owner: 'b#1' }])).rejects.toThrow('is over');
  });
});
