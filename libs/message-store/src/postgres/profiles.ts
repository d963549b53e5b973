import type { Pins, Profiles } from '../ports/profiles.ts';
import type { Database } from './database.ts';
import { jsonText } from './json.ts';
import { statement } from './statements.ts';

const profileRead = statement('profile-read');
const profileWrite = statement('profile-write');
const photoFind = statement('photo-find');
const photoSave = statement('photo-save');
const photoRemove = statement('photo-remove');
const revision = statement('profile-revision');
const pinFind = statement('pin-find');
const pinSave = statement('pin-save');

export function createProfiles(database: Database): Profiles {
  return {
    async read(account, name) {
      const [row] = await database.run<{ value: unknown }>(profileRead, [account, name]);
      return row?.value;
    },
    async write(account, name, fields) {
      await database.run(profileWrite, [account, name, jsonText(fields)]);
    },
    async photo(account) {
      const [row] = await database.run<{ mime_type: string; content: Buffer }>(photoFind, [account]);
      return row && { mimeType: row.mime_type, content: row.content };
    },
    async savePhoto(account, { mimeType, content }) {
      await database.run(photoSave, [account, mimeType, Buffer.from(content)]);
    },
    removePhoto: async (account) => (await database.run(photoRemove, [account])).length > 0,
    async revision(account) {
      const [row] = await database.run<{ revision: string }>(revision, [account]);
      return row?.revision ?? '';
    },
  };
}

export function createPins(database: Database): Pins {
  return {
    async find(account) {
      const [row] = await database.run<{ pin_hash: string | null }>(pinFind, [account]);
      return row?.pin_hash ?? undefined;
    },
    async save(account, hash) {
      await database.run(pinSave, [account, hash ?? null]);
    },
  };
}
