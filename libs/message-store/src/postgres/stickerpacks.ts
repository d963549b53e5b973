import type { Stickerpack, Stickerpacks } from '../ports/stickerpacks.ts';
import type { Database } from './database.ts';
import { statement } from './statements.ts';

const list = statement('stickerpacks-list');
const add = statement('stickerpacks-add');
const find = statement('stickerpacks-find');
const change = statement('stickerpacks-change');
const remove = statement('stickerpacks-remove');
const stickers = statement('stickers-list');
const lock = statement('stickerpacks-lock');
const addSticker = statement('stickers-add');
const changeSticker = statement('stickers-change');
const removeSticker = statement('stickers-remove');

interface PackColumns {
  readonly id: string;
  readonly publisher: string;
  readonly name: string;
  readonly ios_app_store_link: string | null;
  readonly android_app_store_link: string | null;
}

interface StickerColumns {
  readonly position: number;
  readonly media_id: string;
  readonly emojis: string[];
}

const packOf = ({ id, publisher, name, ios_app_store_link, android_app_store_link }: PackColumns): Stickerpack => ({
  id,
  publisher,
  name,
  ...(ios_app_store_link === null ? {} : { iosAppStoreLink: ios_app_store_link }),
  ...(android_app_store_link === null ? {} : { androidAppStoreLink: android_app_store_link }),
});

export function createStickerpacks(database: Database): Stickerpacks {
  return {
    list: async (account) => (await database.run<PackColumns>(list, [account])).map(packOf),
    async add(account, pack) {
      await database.run(add, [account, pack.id, pack.publisher, pack.name, pack.iosAppStoreLink ?? null, pack.androidAppStoreLink ?? null]);
    },
    async find(account, id) {
      const [row] = await database.run<PackColumns>(find, [account, id]);
      return row && packOf(row);
    },
    async change(account, id, { publisher, name, iosAppStoreLink, androidAppStoreLink }) {
      const values = [account, id, publisher ?? null, name ?? null, iosAppStoreLink ?? null, androidAppStoreLink ?? null];
      return (await database.run(change, values)).length > 0;
    },
    remove: async (account, id) => (await database.run(remove, [account, id])).length > 0,
    async stickers(account, pack) {
      const rows = await database.run<StickerColumns>(stickers, [account, pack]);
      return rows.map(({ position, media_id, emojis }) => ({ position, mediaId: media_id, emojis }));
    },
    addSticker: (account, pack, { mediaId, emojis }, maxStickers) =>
      database.transaction(async (runner) => {
        if ((await runner.run(lock, [account, pack])).length === 0) return undefined;
        const [row] = await runner.run<{ position: number }>(addSticker, [account, pack, mediaId, emojis, maxStickers]);
        return row?.position ?? 'full';
      }),
    async changeSticker(account, pack, position, { mediaId, emojis }) {
      return (await database.run(changeSticker, [account, pack, position, mediaId ?? null, emojis ?? null])).length > 0;
    },
    removeSticker: async (account, pack, position) => (await database.run(removeSticker, [account, pack, position])).length > 0,
  };
}
