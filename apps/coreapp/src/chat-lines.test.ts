import { createFakeClock } from '@multiconnect/clock';
import { describe, expect, it } from 'vitest';
import type { ChatLine, ChatLineOptions } from './chat-line.ts';
import { createChatLines } from './chat-lines.ts';

function setUp() {
  const clock = createFakeClock();
  const opened: { readonly resource: string; readonly state: { value: ChatLine['state'] }; readonly open: () => void }[] = [];
  const lines = createChatLines({
    clock,
    open({ resource }): ChatLine {
      const state = { value: 'connecting' as ChatLine['state'] };
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const open = () => {
        state.value = 'connected';
        resolve(undefined);
      };
      opened.push({ resource, state, open });
      return {
        get state() {
          return state.value;
        },
        opened: promise,
        attach: () => undefined,
        detach: () => undefined,
        stop: () => Promise.resolve(),
        abort: () => (state.value = 'closed'),
      };
    },
  });
  return { clock, lines, opened };
}

const wanted = (resource: string) => ({ credentials: { jid: 'business@chat', password: 'secret' }, resource }) as ChatLineOptions;

const toCome = () => Promise.resolve(true);

describe('chat connections of shards to come', () => {
  it('are opened two at a time, and taken by their shards without another handshake', async () => {
    const { clock, lines, opened } = setUp();
    const prepared = lines.prepare(['shard-1', 'shard-2', 'shard-3'].map(wanted), toCome);
    await clock.settle();
    expect(opened.map(({ resource }) => resource)).toEqual(['shard-1', 'shard-2']);
    opened[0]?.open();
    await clock.settle();
    expect(opened.map(({ resource }) => resource)).toEqual(['shard-1', 'shard-2', 'shard-3']);
    opened.forEach(({ open }) => open());
    await prepared;
    expect(lines.take(wanted('shard-3')).state).toBe('connected');
    expect(opened).toHaveLength(3);
  });

  it('are cut when nobody takes them, but not after somebody has', async () => {
    const { clock, lines, opened } = setUp();
    const prepared = lines.prepare(['shard-1', 'shard-2'].map(wanted), toCome);
    await clock.settle();
    opened.forEach(({ open }) => open());
    await prepared;
    lines.take(wanted('shard-1'));
    await clock.advance(60_000);
    expect(opened.map(({ state }) => state.value)).toEqual(['connected', 'closed']);
  });

  it('are left alone where the shard is served here already', async () => {
    const { clock, lines, opened } = setUp();
    lines.take(wanted('shard-1'));
    await lines.prepare([wanted('shard-1')], toCome);
    await clock.settle();
    expect(opened).toHaveLength(1);
  });

  it('are not opened when the shard has an owner by the time of their turn: it would lose its own', async () => {
    const { clock, lines, opened } = setUp();
    const there = new Set<string>();
    const prepared = lines.prepare(['shard-1', 'shard-2', 'shard-3'].map(wanted), ({ resource }) => Promise.resolve(!there.has(resource)));
    await clock.settle();
    there.add('shard-3');
    opened.forEach(({ open }) => open());
    await prepared;
    expect(opened.map(({ resource }) => resource)).toEqual(['shard-1', 'shard-2']);
  });
});

describe('a chat connection that was left behind', () => {
  it('is taken by the next tenure of its shard', async () => {
    const { clock, lines, opened } = setUp();
    const line = lines.take(wanted('shard-0'));
    opened[0]?.open();
    lines.giveBack(wanted('shard-0'), line);
    expect(lines.take(wanted('shard-0'))).toBe(line);
    await clock.advance(60_000);
    expect(line.state).toBe('connected');
  });

  it('is cut when no tenure follows, and when it has ended a new one is opened', async () => {
    const { clock, lines, opened } = setUp();
    const line = lines.take(wanted('shard-0'));
    opened[0]?.open();
    lines.giveBack(wanted('shard-0'), line);
    await clock.advance(60_000);
    expect(line.state).toBe('closed');
    const next = lines.take(wanted('shard-0'));
    opened[1]?.open();
    const { state } = opened[1] ?? {};
    lines.giveBack(wanted('shard-0'), next);
    if (state !== undefined) state.value = 'conflict';
    expect(lines.take(wanted('shard-0'))).not.toBe(next);
  });

  it('is cut when the process leaves', async () => {
    const { lines, opened } = setUp();
    lines.giveBack(wanted('shard-0'), lines.take(wanted('shard-0')));
    lines.close();
    expect(opened.map(({ state }) => state.value)).toEqual(['closed']);
    await Promise.resolve();
  });
});
