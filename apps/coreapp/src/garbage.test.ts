import { createFakeClock } from '@multiconnect/clock';
import { ApiError, type CallbackEvent } from '@multiconnect/contract';
import type { MessageStore } from '@multiconnect/message-store';
import { createLogger } from '@multiconnect/telemetry';
import { describe, expect, it } from 'vitest';
import { runGarbage } from './garbage.ts';

const hourMs = 3_600_000;
const silent = createLogger({ level: 'silent', process: 'coreapp', node: 'wacore1' });

/** A coreapp that owns these shards, over a store that counts what is collected from it. */
function fixture(settings: Readonly<Record<string, unknown>>, owned: readonly number[], more: { readonly isReadOnly?: boolean } = {}) {
  const clock = createFakeClock();
  const collected: string[] = [];
  const told: CallbackEvent[] = [];
  const store = {
    settings: { read: () => Promise.resolve(settings) },
    housekeeping: {
      collect: () => Promise.resolve({ deleted: collected.push('messages') }),
      discardMedia: () => (more.isReadOnly === true ? Promise.reject(new Error('EROFS')) : Promise.resolve(Math.min(1, collected.push('media')))),
    },
    callbacks: { raise: (_account: number, _id: string, event: CallbackEvent) => Promise.resolve(void told.push(event)) },
  } as unknown as Pick<MessageStore, 'callbacks' | 'housekeeping' | 'settings'>;
  const shards = owned.map((shard) => ({ tenure: { account: 1, shard, epoch: 1, signal: new AbortController().signal }, slots: [shard] }));
  const garbage = runGarbage({
    account: 1,
    config: { mediaDir: '/nowhere/of/a/test' },
    connections: { clock, store },
    shards: { owned: () => shards },
    node: 'wacore1:h',
    log: silent,
  });
  return { clock, collected, told, garbage };
}

describe('by itself', () => {
  it('a coreapp collects messages every few hours, and tells nobody [gc.messages.automatic]', async () => {
    const { clock, collected, told, garbage } = fixture({}, [0]);
    await clock.advance(2 * hourMs - 1);
    expect(collected).toEqual([]);
    await clock.advance(4 * hourMs + 1);
    expect(collected).toContain('messages');
    expect(told).toEqual([]);
    await garbage.stop();
  });

  it.each([
    [{ db_garbagecollector_enable: false }],
    [{ 'garbagecollector_enable.messages': false }],
  ])('it does not under %j, and still does when asked [gc.messages.switch]', async (settings) => {
    const { clock, collected, garbage } = fixture(settings, [0]);
    await clock.advance(24 * hourMs);
    expect(collected).toEqual([]);
    await garbage.handlers['garbage.collect-messages']?.({}, {});
    await clock.settle();
    expect(collected).toEqual(['messages']);
    await garbage.stop();
  });

  it.each([
    [{}, [-1], []],
    [{ 'garbagecollector_enable.media': true }, [0], []],
    [{ 'garbagecollector_enable.media': true }, [-1], ['media']],
  ])('under %j the owner of %j collects %j of media', async (settings, owned, expected) => {
    const { clock, collected, garbage } = fixture({ ...settings, 'garbagecollector_enable.messages': false }, owned);
    await clock.advance(6 * hourMs);
    expect([...new Set(collected)]).toEqual(expected);
    await garbage.stop();
  });
});

describe('when asked', () => {
  it('only the owner of the control shard collects media [gc.media.one]', async () => {
    const { garbage } = fixture({}, [0]);
    await expect(garbage.handlers['garbage.collect-media']?.({}, {})).rejects.toEqual(new ApiError('notPrimaryCoreapp'));
    await garbage.stop();
  });

  it('a failure is told with its error [callback.service.media_gc.failed]', async () => {
    const { clock, told, garbage } = fixture({}, [-1], { isReadOnly: true });
    await garbage.handlers['garbage.collect-media']?.({}, {});
    await clock.settle();
    const errors = [{ code: 1014, title: 'Internal error', details: 'Could not delete media files' }];
    expect(told).toEqual([{ kind: 'service', services: [{ media: { gc: { items_deleted: 0, errors, status: 'failed' } } }] }]);
    await garbage.stop();
  });
});
