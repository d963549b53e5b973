import { ApiError, applicationSettingsPatch, defaultApplicationSettings } from '@multiconnect/contract';
import { createEgressRule, noPrivateDestinations, type PrivateDestinations } from '@multiconnect/egress';
import type { Account, Settings } from '@multiconnect/message-store';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createApplicationSettings } from './application-settings.ts';

function inMemorySettings(): Settings & { readonly rows: Map<string, unknown> } {
  const rows = new Map<string, unknown>();
  return {
    rows,
    read: () => Promise.resolve(Object.fromEntries(rows)),
    write: (_account, values) => {
      for (const [name, value] of Object.entries(values)) rows.set(name, value);
      return Promise.resolve();
    },
    clear: () => {
      rows.clear();
      return Promise.resolve();
    },
  };
}

function settingsOf(account: Partial<Account> = {}, allowed: PrivateDestinations = noPrivateDestinations) {
  const store = inMemorySettings();
  const accounts = { read: (id: number) => Promise.resolve({ id, state: 'unregistered' as const, shardCount: 1, ...account }) };
  return { store, service: createApplicationSettings(store, accounts, createEgressRule(allowed)) };
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => (error instanceof ApiError ? error.body.code : error),
  );

describe('application settings', () => {
  it('are the documented defaults on a new database, wa_id empty', async () => {
    const { service } = settingsOf();
    expect(await service.read(1)).toEqual({ ...defaultApplicationSettings, wa_id: '' });
  });

  it('show the own number once it is registered, not while a code is awaited', async () => {
    expect((await settingsOf({ state: 'code_requested', waId: '16315551000' }).service.read(1)).wa_id).toBe('');
    expect((await settingsOf({ state: 'registered', waId: '16315551000' }).service.read(1)).wa_id).toBe('16315551000');
  });

  it('change only the leaves that a PATCH names', async () => {
    const { service } = settingsOf();
    await service.patch(1, { webhooks: { url: 'https://back.end/hook', message: { sent: true } } });
    await service.patch(1, { webhooks: { max_concurrent_requests: '12' }, callback_backoff_delay_ms: '5000' });
    const settings = await service.read(1);
    expect(settings.webhooks).toEqual({
      url: 'https://back.end/hook',
      max_concurrent_requests: 12,
      message: { sent: true, delivered: true, read: true },
    });
    expect(settings.callback_backoff_delay_ms).toBe(5000);
    expect(defaultApplicationSettings.webhooks.url).toBe('');
  });

  it('keep both of two changes made at once to one object', async () => {
    const { service } = settingsOf();
    await Promise.all([
      service.patch(1, { webhooks: { message: { sent: true } } }),
      service.patch(1, { webhooks: { message: { read: false } } }),
    ]);
    expect((await service.read(1)).webhooks.message).toEqual({ sent: true, delivered: true, read: false });
  });

  it('have one switch of `sent` under two names; the newer name decides [settings.sent_status] [settings.webhooks.message.sent]', async () => {
    const { service } = settingsOf();
    const switches = async (body: object) => {
      await service.patch(1, body);
      const { sent_status, webhooks } = await service.read(1);
      return [sent_status, webhooks.message.sent];
    };
    expect(await switches({ sent_status: false })).toEqual([false, false]);
    expect(await switches({ webhooks: { message: { sent: true } } })).toEqual([true, true]);
    expect(await switches({ sent_status: true, webhooks: { message: { sent: false } } })).toEqual([false, false]);
  });

  it('go back to the defaults on reset', async () => {
    const { service } = settingsOf();
    await service.patch(1, { media: { auto_download: [] }, messaging_api_rate_limit: ['15', '54600', '1000000'] });
    expect((await service.read(1)).media.auto_download).toEqual([]);
    await service.reset(1);
    expect(await service.read(1)).toEqual({ ...defaultApplicationSettings, wa_id: '' });
  });

  it.each([
    [{}, 1009],
    [{ webhooks: {} }, 1009],
    [{ webhooks: { message: {} } }, 1009],
    [[], 1009],
    [null, 1009],
    ['{}', 1009],
    [{ webhooks: { url: 'javascript:alert(1)' } }, 1009],
    [{ webhooks: { url: 'not a url' } }, 1009],
    [{ webhooks: { url: 'https://127.0.0.1/hook' }, sent_status: true }, 1009],
    [{ webhooks: { url: 'https://0x7f.1/hook' } }, 1009],
    [{ webhooks: { url: 'http://[::ffff:10.0.0.1]:8080/' } }, 1009],
    [{ webhooks: { url: 'http://169.254.169.254/latest' } }, 1009],
    [{ webhooks: { url: 'http://localhost:8080/' } }, 1009],
    [{ webhooks: { max_concurrent_requests: 7 } }, 1009],
    [{ callback_persist: 'yes' }, 1009],
    [{ heartbeat_interval: 1e309 }, 1009],
    [{ heartbeat_interval: -5 }, 1009],
    [{ wa_id: '16315551000' }, 1010],
    [{ sent_status: true, unheard_of: 1 }, 1010],
    [{ webhooks: { uri: 'https://back.end' } }, 1010],
  ])('refuse %j with %i and change nothing', async (body, code) => {
    const { service, store } = settingsOf();
    expect(await codeOf(service.patch(1, body))).toBe(code);
    expect(store.rows.size).toBe(0);
  });

  it('take a webhook at a private address that the operator has allowed [settings.webhooks.url.private]', async () => {
    const { service } = settingsOf({}, { networks: [{ address: '10.0.0.0', prefix: 8, family: 'ipv4' }], hosts: [] });
    await service.patch(1, { webhooks: { url: 'http://10.1.2.3/hook' } });
    expect((await service.read(1)).webhooks.url).toBe('http://10.1.2.3/hook');
    const refusal = new RegExp('MULTICONNECT_ALLOW_PRIVATE_ADDRESSES');
    await expect(service.patch(1, { webhooks: { url: 'http://192.168.1.2/hook' } })).rejects.toThrow(refusal);
  });

  it('give back what any valid patch set', async () => {
    const patch = fc.record(
      {
        callback_persist: fc.boolean(),
        unhealthy_interval: fc.integer({ min: 1, max: 3600 }),
        webhooks: fc.record(
          {
            max_concurrent_requests: fc.constantFrom(6, 12, 18, 24),
            message: fc.record({ sent: fc.boolean(), delivered: fc.boolean(), read: fc.boolean() }, { requiredKeys: [] }),
          },
          { requiredKeys: [] },
        ),
        garbagecollector_enable: fc.record({ messages: fc.boolean(), media: fc.boolean() }, { requiredKeys: [] }),
      },
      { requiredKeys: ['callback_persist'] },
    );
    await fc.assert(
      fc.asyncProperty(patch, async (body) => {
        const { service } = settingsOf();
        await service.patch(1, body);
        const { wa_id: _, ...settings } = await service.read(1);
        expect(settings).toMatchObject(body);
        expect(settings.sent_status).toBe(settings.webhooks.message.sent);
        expect(applicationSettingsPatch.safeParse(settings).success).toBe(true);
      }),
    );
  });
});
