import type { Seal } from '@multiconnect/vault';
import type { ChatCopy, MediaCatalogue, MediaDirection, MediaRecord } from '../ports/media.ts';
import type { Database } from './database.ts';
import { statement } from './statements.ts';

const mediaAdd = statement('media-add');
const mediaFind = statement('media-find');
const mediaRemove = statement('media-remove');
const mediaUsed = statement('media-used');
const mediaUploaded = statement('media-uploaded');

interface MediaColumns {
  readonly id: string;
  readonly direction: MediaDirection;
  readonly mime_type: string;
  readonly size_bytes: number;
  readonly sha256: string;
  readonly filename: string | null;
  readonly created_at_ms: number;
  readonly used_at_ms: number;
  readonly chat_url: string | null;
  readonly chat_key: Buffer | null;
  readonly chat_uploaded_at_ms: number | null;
}

/** The URL is part of it: a key that is moved to another file's row does not open. */
const contextOf = (account: number, id: string, url: string) => `media/${account}/${id}/${url}`;

function chatCopyOf(seal: Seal, account: number, row: MediaColumns): { chatCopy?: ChatCopy } {
  const { id, chat_url: url, chat_key: key, chat_uploaded_at_ms: uploadedAtMs } = row;
  if (url === null || key === null || uploadedAtMs === null) return {};
  return { chatCopy: { url, key: seal.open(key, contextOf(account, id, url)), uploadedAtMs } };
}

export function createMediaCatalogue(database: Database, seal: Seal): MediaCatalogue {
  const touched = async (rows: Promise<unknown[]>) => (await rows).length > 0;
  return {
    add: (account, { id, direction, mimeType, sizeBytes, sha256, filename }) =>
      touched(database.run(mediaAdd, [account, id, direction, mimeType, sizeBytes, sha256, filename ?? null])),
    async find(account, id): Promise<MediaRecord | undefined> {
      const [row] = await database.run<MediaColumns>(mediaFind, [account, id]);
      if (row === undefined) return undefined;
      return {
        id: row.id,
        direction: row.direction,
        mimeType: row.mime_type,
        sizeBytes: row.size_bytes,
        sha256: row.sha256,
        createdAtMs: row.created_at_ms,
        usedAtMs: row.used_at_ms,
        ...(row.filename !== null && { filename: row.filename }),
        ...chatCopyOf(seal, account, row),
      };
    },
    remove: (account, id) => touched(database.run(mediaRemove, [account, id])),
    async used(account, id) {
      await database.run(mediaUsed, [account, id]);
    },
    uploaded: (account, id, { url, key, uploadedAtMs }) =>
      touched(database.run(mediaUploaded, [account, id, url, seal.seal(key, contextOf(account, id.toLowerCase(), url)), uploadedAtMs])),
  };
}
