import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeHealth } from '@multiconnect/contract';
import type { Account } from '@multiconnect/message-store';
import { describe, expect, it } from 'vitest';
import { describeNode, freeBytesAt } from './index.ts';

const health: NodeHealth = { gateway_status: 'connected', role: 'coreapp', shards: [1, -1] };
const registered: Account = {
  id: 1, state: 'registered', shardCount: 2, waId: '16315551000', registeredAtMs: 1_600_132_094_500,
  identity: { deviceId: 5, registrationId: 4711, identityPublicKey: new Uint8Array(33), identityPrivateKey: new Uint8Array(32) },
};
const describeIt = (more: { readonly health?: NodeHealth; readonly account?: Account; readonly freeBytes?: (path: string) => Promise<number> } = {}) =>
  describeNode({
    env: { MULTICONNECT_SEAL_KEY: 'cAnArY', PATH: '/bin', WA_API_KEY: 'cAnArY' },
    nowMs: 1_764_000_000_000,
    health,
    account: registered,
    versions: { schema: 5, server: '13.8' },
    directories: { data: '/d', logs: '/l', media: '/m' },
    freeBytes: (path) => Promise.resolve(path.length),
    ...more,
  });

describe('what a node says for support', () => {
  it('has every documented field [support.context] [support.db_engine] [support.db_info] [support.debug_info] [support.description] [support.device_iso8601] [support.e2e] [support.expire_timestamp] [faq.build_expiry] [callback.error.expiring] [support.free_space] [support.lc_lg] [support.multi_connect] [support.os] [support.schema] [support.role]', async () => {
    expect(await describeIt()).toEqual({
      context: 'healthcheck',
      db_engine: 'PGSQL',
      db_info: 'PostgreSQL 13.8',
      debug_info: '16315551000',
      description: expect.stringMatching(/^Multiconnect v/) as string,
      device_iso8601: '2025-11-24T16:00:00.000Z',
      e2e: { identity_timestamp: 1_600_132_094, registration_id: 4711 },
      env: ['MULTICONNECT_SEAL_KEY', 'WA_API_KEY'],
      expire_timestamp: expect.any(Number) as number,
      free_space_data: 2,
      free_space_logs: 2,
      free_space_media_incoming: '/m/incoming'.length,
      free_space_media_outgoing: '/m/outgoing'.length,
      lc: expect.stringMatching(/^([A-Z]{2})?$/) as string,
      lg: expect.stringMatching(/^[a-z]{2,3}$/) as string,
      multi_connect: true,
      os_name: expect.any(String) as string,
      os_version: expect.any(String) as string,
      schema: { axolotl: 5, callback: 5, cluster: 5, config: 5, contact: 5, jobqueue: 5, message: 5 },
      socket_conn: 'UP',
      role: 'coreapp',
      shards: [[-1, -1], [1, 1]],
    });
  });

  it('names variables and never holds their values [support.env]', async () => {
    expect(JSON.stringify(await describeIt())).not.toContain('cAnArY');
  });

  it.each([
    ['connected', 'UP'],
    ['connecting', 'SC'],
    ['disconnected', 'DN'],
    ['uninitialized', 'UNK'],
    ['unregistered', 'DN'],
  ] as const)('says of %s that the socket is %s [support.socket_conn]', async (status, socket) => {
    expect((await describeIt({ health: { ...health, gateway_status: status } })).socket_conn).toBe(socket);
  });

  it('of an unregistered node, and of a volume that does not answer', async () => {
    const account: Account = { id: 1, state: 'code_requested', shardCount: 1, waId: '16315551000' };
    const facts = await describeIt({ account, health: { ...health, shards: [], problems: ['disk'] }, freeBytes: () => Promise.reject(new Error('EIO')) });
    expect(facts).toMatchObject({ debug_info: 'unregistered', e2e: { identity_timestamp: 0, registration_id: 0 }, shards: [], multi_connect: false, free_space_data: null, problems: ['disk'] });
  });
});

it('the free space of a directory that is not there yet is that of the volume it will be on', async () => {
  const missing = join(tmpdir(), 'not', 'there', 'yet');
  expect(await freeBytesAt(missing)).toBeGreaterThan(0);
});
