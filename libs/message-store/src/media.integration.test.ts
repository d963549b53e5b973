import { randomBytes, randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MessageStore, type NewMedia } from './index.ts';
import { openTestStore, type TestStore } from './testing/test-store.ts';

const account = 1;
let opened: TestStore;
let admin: pg.Pool;
let store: MessageStore;

beforeAll(async () => {
  opened = await openTestStore();
  ({ store, admin } = opened);
});
afterAll(() => opened.close());

const anyMedia = (more: Partial<NewMedia> = {}): NewMedia => ({
  id: randomUUID(),
  direction: 'outgoing',
  mimeType: 'image/jpeg',
  sizeBytes: 104_857_600,
  sha256: randomBytes(32).toString('hex'),
  ...more,
});

describe('the media catalogue', () => {
  it('gives back what was added, to its own account only', async () => {
    const media = anyMedia({ filename: 'été.pdf', direction: 'incoming', sizeBytes: 2 ** 40 });
    expect(await store.media.add(account, media)).toBe(true);
    expect(await store.media.find(account, media.id)).toMatchObject(media);
    expect(await store.media.find(account, media.id.toUpperCase())).toMatchObject(media);
    expect(await store.media.find(2, media.id)).toBeUndefined();
  });

  it('keeps the first of two with one id [media.id.clash]', async () => {
    const first = anyMedia();
    await store.media.add(account, first);
    expect(await store.media.add(account, anyMedia({ id: first.id }))).toBe(false);
    expect((await store.media.find(account, first.id))?.sha256).toBe(first.sha256);
  });

  it('removes once', async () => {
    const media = anyMedia();
    await store.media.add(account, media);
    expect(await store.media.remove(2, media.id)).toBe(false);
    expect(await store.media.remove(account, media.id)).toBe(true);
    expect(await store.media.remove(account, media.id)).toBe(false);
    expect(await store.media.find(account, media.id)).toBeUndefined();
  });

  it('remembers the newest copy at the chat network, its key sealed', async () => {
    const media = anyMedia();
    await store.media.add(account, media);
    const key = randomBytes(44);
    await store.media.uploaded(account, media.id, { url: 'https://up/1', key: randomBytes(44), uploadedAtMs: 1 });
    expect(await store.media.uploaded(account, media.id, { url: 'https://up/2', key, uploadedAtMs: 1_764_000_000_123 })).toBe(true);
    expect((await store.media.find(account, media.id))?.chatCopy).toEqual({ url: 'https://up/2', key, uploadedAtMs: 1_764_000_000_123 });
    const { rows } = await admin.query<{ chat_key: Buffer }>('SELECT chat_key FROM media WHERE id = $1', [media.id]);
    expect(rows[0]?.chat_key.includes(key)).toBe(false);
    expect(await store.media.uploaded(account, randomUUID(), { url: 'https://up/2', key, uploadedAtMs: 1 })).toBe(false);
  });

  it('notes when a message uses a file [media.kept]', async () => {
    const media = anyMedia();
    await store.media.add(account, media);
    await admin.query(`UPDATE media SET created_at = now() - interval '40 days', used_at = now() - interval '40 days' WHERE id = $1`, [media.id]);
    await store.media.used(account, media.id);
    const found = await store.media.find(account, media.id);
    expect((found?.usedAtMs ?? 0) - (found?.createdAtMs ?? 0)).toBeGreaterThan(39 * 86_400_000);
  });
});
