import { describe, expect, it } from 'vitest';
import { readMasterHealth } from './health.ts';

const health = (leading: boolean, isRegistered: boolean, hasControlOwner: boolean) =>
  readMasterHealth({ isInitialized: () => true, isLeading: () => leading, readFacts: () => Promise.resolve({ isRegistered, hasControlOwner }) });

describe("a master's health", () => {
  it.each([
    [true, false, false, 'unregistered', 'primary_master'],
    [false, false, false, 'unregistered', 'secondary_master'],
    [true, true, false, 'connecting', 'primary_master'],
    [true, true, true, 'connected', 'primary_master'],
    [false, true, true, 'disconnected', 'secondary_master'],
  ])('leading %s, registered %s, control shard owned %s: %s [health.gateway_status.unregistered] [health.gateway_status.connecting] [health.role]', async (leading, registered, owned, gatewayStatus, role) => {
    expect(await health(leading, registered, owned)).toEqual({ gateway_status: gatewayStatus, role, shards: [] });
  });

  it('says while the schema is being made that it is uninitialized, and asks the database nothing [health.gateway_status.uninitialized]', async () => {
    const sources = { isInitialized: () => false, isLeading: () => false, readFacts: () => expect.fail('asked') };
    expect(await readMasterHealth(sources)).toMatchObject({ gateway_status: 'uninitialized', role: 'secondary_master' });
  });

  it('names the database when it does not answer', async () => {
    const sources = { isInitialized: () => true, isLeading: () => true, readFacts: () => Promise.reject(new Error('ECONNREFUSED')) };
    expect(await readMasterHealth(sources)).toEqual({
      gateway_status: 'disconnected',
      role: 'primary_master',
      shards: [],
      problems: ['the database does not answer'],
    });
  });
});
