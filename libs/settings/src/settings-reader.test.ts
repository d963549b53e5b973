import { describe, expect, it } from 'vitest';
import { createSettingsReader } from './settings-reader.ts';

function fixture() {
  const state = { reads: 0, nowMs: 0, failing: false, stored: {} as Record<string, unknown> };
  const store = {
    read: () => {
      state.reads += 1;
      return state.failing ? Promise.reject(new Error('away')) : Promise.resolve(state.stored);
    },
  };
  return { state, reader: createSettingsReader(store, { maxAgeMs: 1000, monotonicMs: () => state.nowMs }) };
}

describe('createSettingsReader', () => {
  it('reads the store once for calls that arrive together and until the age is reached', async () => {
    const { state, reader } = fixture();
    await Promise.all([reader.read(1), reader.read(1)]);
    state.nowMs = 999;
    await reader.read(1);
    expect(state.reads).toBe(1);
    state.nowMs = 1000;
    state.stored = { 'webhooks.url': 'https://back.end' };
    expect((await reader.read(1)).webhooks.url).toBe('https://back.end');
  });

  it('keeps accounts apart', async () => {
    const { state, reader } = fixture();
    await reader.read(1);
    await reader.read(2);
    expect(state.reads).toBe(2);
  });

  it('sees a change at once after forget', async () => {
    const { state, reader } = fixture();
    await reader.read(1);
    state.stored = { sent_status: true };
    reader.forget(1);
    expect((await reader.read(1)).sent_status).toBe(true);
  });

  it('does not remember a failure', async () => {
    const { state, reader } = fixture();
    state.failing = true;
    await expect(reader.read(1)).rejects.toThrow('away');
    state.failing = false;
    expect((await reader.read(1)).callback_persist).toBe(true);
  });
});
