import type { RegisteredNode } from '@multiconnect/cluster';
import { describe, expect, it } from 'vitest';
import { createPrepareShards } from './prepare-shards.ts';

const node = (id: string): RegisteredNode => ({ id, role: 'coreapp', host: id, port: 1, startedAt: 0, ageMs: 0 });
const change = (shard: number, owner: string) => ({ account: 1, shard, owner });

function setUp(fails: (host: string) => boolean = () => false) {
  const asked: unknown[] = [];
  const errors: unknown[] = [];
  const call = (address: { readonly host: string }, pattern: string, request: unknown) => {
    if (fails(address.host)) return Promise.reject(new Error(`${address.host} is away`));
    asked.push([address.host, pattern, request]);
    return Promise.resolve({});
  };
  const prepare = createPrepareShards({
    nodes: { listNodes: () => Promise.resolve([node('a'), node('b')]) },
    rpc: { call: call },
    timeoutMs: 1_000,
    onUnprepared: (error) => errors.push(error),
  });
  return { asked, errors, prepare };
}

describe('owners-to-be', () => {
  it('are each asked once, for all of their shards', async () => {
    const { asked, prepare } = setUp();
    await prepare([change(2, 'a#1'), change(3, 'b#1'), change(4, 'a#1')]);
    expect(asked).toEqual([
      ['a', 'shards.prepare', { account: 1, shards: [2, 4] }],
      ['b', 'shards.prepare', { account: 1, shards: [3] }],
    ]);
  });

  it('that cannot be reached, or are not known, hold up nobody', async () => {
    const { asked, errors, prepare } = setUp((host) => host === 'a');
    await prepare([change(2, 'a#1'), change(3, 'b#1'), change(4, 'unknown#1')]);
    expect(asked).toHaveLength(1);
    expect(errors).toEqual([new Error('a is away')]);
  });
});
