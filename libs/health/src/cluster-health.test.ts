import { createMemoryNodeRegistry } from '@multiconnect/cluster';
import { createFakeClock } from '@multiconnect/clock';
import { ApiError, type NodeHealth } from '@multiconnect/contract';
import { type RpcClient, RpcRefused, RpcTimeout, RpcUnreachable } from '@multiconnect/rpc';
import { expect, it } from 'vitest';
import { clusterHealth } from './index.ts';

type Behaviour = NodeHealth | Error;

async function healthOf(behaviours: Readonly<Record<string, Behaviour>>) {
  const registry = createMemoryNodeRegistry(createFakeClock());
  const names = Object.keys(behaviours);
  for (const [port, id] of names.entries()) {
    await registry.register({ id, boot: 'b', role: id.startsWith('master') ? 'master' : 'coreapp', host: 'h', port, startedAt: 0 });
  }
  const waiting = new Set<string>();
  let allAsked: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => (allAsked = resolve));
  const rpc = {
    call: async ({ port }: { port: number }) => {
      waiting.add(String(port));
      if (waiting.size === names.length) allAsked();
      // Nobody answers before everybody was asked.
      await asked;
      const behaviour = behaviours[names[port] ?? ''];
      if (behaviour instanceof Error) throw behaviour;
      return behaviour;
    },
  } as unknown as RpcClient;
  return clusterHealth({ nodes: registry, rpc });
}

it('shows every node with its own words, asked all at once, and names those that do not answer [health.read] [health.unreachable]', async () => {
  const health = await healthOf({
    'master1:a': { gateway_status: 'connected', role: 'primary_master', shards: [] },
    'master2:b': new RpcTimeout('h:1', 'health.get', 1000),
    'wacore1:c': { gateway_status: 'disconnected', role: 'coreapp', shards: [0], problems: ['conflict', 'disk'] },
    'wacore2:d': new RpcUnreachable('h:3'),
    'wacore3:e': new RpcRefused('h:4', 'health.get'),
    'wacore4:f': new ApiError('internal'),
  });
  const failed = (details: string) => ({ errors: [{ code: 1014, title: 'Internal error', details }] });
  expect(health).toEqual({
    'master1:a': { gateway_status: 'connected', role: 'primary_master' },
    'master2:b': failed('Connection timed out. Please check if master is running: h:1'),
    'wacore1:c': { gateway_status: 'disconnected', role: 'coreapp', errors: [...failed('conflict').errors, ...failed('disk').errors] },
    'wacore2:d': failed('Connection timed out. Please check if wacore is running: h:3'),
    'wacore3:e': failed('Connection refused. Please check if wacore is running: h:4'),
    'wacore4:f': failed('wacore failed to answer: h:5'),
  });
});

it('is empty while no node is known, and fails when the nodes cannot be listed', async () => {
  expect(await healthOf({})).toEqual({});
  const nodes = { listNodes: () => Promise.reject(new Error('away')) };
  await expect(clusterHealth({ nodes, rpc: { call: () => expect.fail('asked') } })).rejects.toThrow('away');
});
