import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fenced, type MessageStore } from './index.ts';
import { openTestStore, type TestStore } from './testing/test-store.ts';

const account = 1;
const dayMs = 86_400_000;
let opened: TestStore;
let admin: pg.Pool;
let store: MessageStore;

beforeAll(async () => {
  opened = await openTestStore();
  ({ store, admin } = opened);
});
afterAll(() => opened.close());

describe('the media providers', () => {
  it('are kept with their secrets sealed, and one is replaced by its name', async () => {
    await store.mediaProviders.save(account, [
      { name: 'cdn2', type: 'www', config: { bearer: 'a-secret-token' } },
      { name: 'cdn1', type: 'www', config: { basic: { username: 'ann', password: 'a-secret-password' } } },
    ]);
    await store.mediaProviders.save(account, [{ name: 'cdn2', type: 'www', config: { bearer: 'a-newer-token' } }]);
    expect(await store.mediaProviders.list(account)).toEqual([
      { name: 'cdn1', type: 'www', config: { basic: { username: 'ann', password: 'a-secret-password' } } },
      { name: 'cdn2', type: 'www', config: { bearer: 'a-newer-token' } },
    ]);
    const { rows } = await admin.query<{ config: Buffer }>('SELECT config FROM media_provider');
    for (const { config } of rows) expect(config.toString('latin1')).not.toMatch(/secret|newer/);
    expect([await store.mediaProviders.remove(account, 'cdn1'), await store.mediaProviders.remove(account, 'cdn1')]).toEqual([true, false]);
  });
});

describe('the stickers of a pack', () => {
  it('get positions that nobody had, also when added at once, up to the most that a pack holds', async () => {
    const id = randomUUID();
    await store.stickerpacks.add(account, { id, publisher: 'Ann', name: 'Cats' });
    const add = () => store.stickerpacks.addSticker(account, id, { mediaId: 'm', emojis: ['😺'] }, 3);
    const added = await Promise.all([add(), add(), add(), add()]);
    expect(added.toSorted()).toEqual([0, 1, 2, 'full']);
    expect(await store.stickerpacks.removeSticker(account, id, 2)).toBe(true);
    expect(await add()).toBe(3);
    expect(await store.stickerpacks.addSticker(account, randomUUID(), { mediaId: 'm', emojis: [] }, 3)).toBeUndefined();
    expect(await store.stickerpacks.remove(account, id)).toBe(true);
    expect(await store.stickerpacks.stickers(account, id)).toEqual([]);
  });
});

describe('the garbage collector', () => {
  const tenure = { account, shard: 0, epoch: 3 };
  const former = { ...tenure, epoch: 2 };
  beforeAll(async () => {
    await admin.query('INSERT INTO shard (account, shard, owner, epoch) VALUES ($1, 0, $2, 3)', [account, 'me']);
  });

  const insert = (id: string, state: number, ageDays: number, type = 'text') =>
    admin.query(
      `INSERT INTO message (account, id, customer, slot, type, body, state, accepted_at)
       VALUES ($1, $2, '16315551001', 3, $4, '{}', $3, now() - $5 * interval '1 day')`,
      [account, id, state, type, ageDays],
    );

  it('takes what is finished after a day and what is open after 30, in small steps; what is pending it never takes [messages.mark_read.30_days]', async () => {
    for (const age of [0.5, 2, 40]) {
      for (const state of [0, 1, 2, 3, 4, 5, 10, 11]) await insert(`${age}-${state}`, state, age);
      await insert(`${age}-marker`, 2, age, 'read-marker');
    }
    const ages = { finishedBeforeMs: Date.now() - dayMs, openBeforeMs: Date.now() - 30 * dayMs };
    let deleted = 0;
    let after: string | undefined;
    do {
      const step = await store.housekeeping.collect(tenure, 3, ages, 2, after);
      deleted += step.deleted;
      after = step.next;
    } while (after !== undefined);
    const { rows } = await admin.query<{ id: string }>('SELECT id FROM message ORDER BY id');
    const kept = ['0.5-0', '0.5-1', '0.5-10', '0.5-11', '0.5-2', '0.5-3', '0.5-4', '0.5-5', '0.5-marker', '2-0', '2-1', '2-10', '2-11', '2-2', '2-3', '40-0', '40-1'];
    expect(rows.map(({ id }) => id).toSorted()).toEqual(kept);
    expect(deleted).toBe(27 - kept.length);
  });

  it('does nothing for an owner whose shard is another\'s', async () => {
    await insert('former-read', 4, 40);
    await expect(store.housekeeping.collect(former, 3, { finishedBeforeMs: Date.now(), openBeforeMs: 0 }, 10)).rejects.toBeInstanceOf(Fenced);
    await expect(store.housekeeping.discardMedia(former, Date.now(), 10, () => expect.fail('removed'))).rejects.toBeInstanceOf(Fenced);
    expect((await admin.query("DELETE FROM message WHERE id = 'former-read' RETURNING id")).rowCount).toBe(1);
  });

  it('lets go of files that nothing used for long, oldest first, and keeps those of sticker packs [media.kept]', async () => {
    const add = async (ageDays: number) => {
      const id = randomUUID();
      await store.media.add(account, { id, direction: 'incoming', mimeType: 'image/webp', sizeBytes: 1, sha256: '00' });
      await admin.query(`UPDATE media SET used_at = now() - $2 * interval '1 day' WHERE id = $1`, [id, ageDays]);
      return id;
    };
    const [shown, oldest, old, used] = [await add(60), await add(50), await add(40), await add(40)];
    await add(29);
    const pack = randomUUID();
    await store.stickerpacks.add(account, { id: pack, publisher: 'Ann', name: 'Cats' });
    await store.stickerpacks.addSticker(account, pack, { mediaId: shown, emojis: [] }, 3);
    await store.media.used(account, used);
    const removed: string[] = [];
    const collect = () =>
      store.housekeeping.discardMedia(tenure, Date.now() - 30 * dayMs, 1, (files) => {
        removed.push(...files.map(({ id }) => id));
        return Promise.resolve();
      });
    expect([await collect(), await collect(), await collect()]).toEqual([1, 1, 0]);
    expect(removed).toEqual([oldest, old]);
    expect(await store.media.find(account, oldest)).toBeUndefined();
  });

  it('leaves files listed whose removal fails', async () => {
    const id = randomUUID();
    await store.media.add(account, { id, direction: 'incoming', mimeType: 'image/webp', sizeBytes: 1, sha256: '00' });
    const failing = store.housekeeping.discardMedia(tenure, Date.now() + dayMs, 1_000, () => Promise.reject(new Error('read-only')));
    await expect(failing).rejects.toThrow('read-only');
    expect(await store.media.find(account, id)).toMatchObject({ id });
  });

  it('counts what waits for the owner of some slots, up to the limit', async () => {
    await store.callbacks.raise(account, 'e1', { kind: 'error', errors: [] });
    expect(await store.housekeeping.waiting(account, [-1, 3], 100)).toEqual({ callbacks: 1, inbox: 0, messages: 3 });
    expect(await store.housekeeping.waiting(account, [3], 2)).toEqual({ callbacks: 0, inbox: 0, messages: 2 });
  });

  it('counts what there is, and the backlog up to what is asked', async () => {
    const { messages } = await store.housekeeping.statistics(account);
    expect(messages).toMatchObject({ 0: 3, 1: 3 });
    expect([await store.acceptance.backlog(account, 2), await store.acceptance.backlog(account, 100)]).toEqual([2, 3]);
    expect((await store.housekeeping.versions()).schema).toBeGreaterThanOrEqual(3);
  });
});
