import { randomUUID } from 'node:crypto';
import type { MediaCatalogue, MediaDirection, MediaRecord, NewMedia } from '@multiconnect/message-store';
import { decrypt, readAesgcmUrl, tagBytes } from './aesgcm.ts';
import { inspectContent, type MediaContent } from './content.ts';
import { LinkRefused, MediaExists, MediaRefused } from './errors.ts';
import type { HttpFile, MediaHttp } from './http.ts';
import type { MediaFiles, OpenFile, StagedFile } from './media-files.ts';
import { mediaIdOf } from './media-id.ts';
import { assertSendable, honestType, maxMediaBytes, mediaLimits, type MediaType, typeOf } from './media-types.ts';
import { authorizationOf, type MediaProvider } from './providers.ts';

export interface Upload {
  /** The Content-Type that came with it. */
  readonly contentType: string;
  readonly source: AsyncIterable<Uint8Array>;
  /** Content-Length, where it was sent. */
  readonly expectedBytes?: number;
}

export interface LinkedFile {
  /** That the file is to have; any unless given. */
  readonly id?: string;
  /** http(s). */
  readonly link: string;
  /** What the message wants it to be. */
  readonly type: MediaType;
  readonly provider?: MediaProvider;
  readonly filename?: string;
  readonly signal?: AbortSignal;
}

export interface ReceivedFile {
  /** aesgcm:// or https://. */
  readonly url: string;
  /** What the sender says that it is. */
  readonly contentType?: string;
  readonly filename?: string;
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

/** The business's and its customers' files: bytes on the volume, facts in the catalogue. Ids may be any text. */
export interface MediaLibrary {
  /** Takes an upload. Throws MediaRefused (its content is not its type), MediaTooLarge, VolumeFull, VolumeNotWritable, MediaExists. */
  accept(account: number, upload: Upload): Promise<NewMedia>;
  /** Fetches a link for a message and keeps it. Throws as `accept`, and LinkRefused, FetchFailed. */
  fetchLink(account: number, file: LinkedFile): Promise<NewMedia>;
  /** Downloads, and decrypts, what a customer sent; its type is by content. Throws as `fetchLink`, and MediaDamaged. */
  receive(account: number, file: ReceivedFile): Promise<NewMedia>;
  find(account: number, id: string): Promise<MediaRecord | undefined>;
  /** Undefined also when the file has gone from the volume. The caller closes it, or reads its stream to the end. */
  open(account: number, id: string): Promise<{ readonly record: MediaRecord; readonly file: OpenFile } | undefined>;
  /** Undefined when there is no such file. Throws MediaTooLarge or MediaRefused unless a message of the type takes it. */
  sendable(account: number, id: string, type: MediaType): Promise<MediaRecord | undefined>;
  /** The file is in the catalogue and on the volume. */
  isThere(account: number, id: string): Promise<boolean>;
  /** False when there is none. */
  remove(account: number, id: string): Promise<boolean>;
}

export interface MediaLibraryOptions {
  readonly files: MediaFiles;
  readonly catalogue: MediaCatalogue;
  /** For links and downloads; a process that takes uploads only needs none. */
  readonly http?: MediaHttp;
  readonly newId?: () => string;
}

interface Facts {
  readonly id?: string;
  readonly direction: MediaDirection;
  readonly mimeType: string;
  readonly filename?: string;
}

export function createMediaLibrary(options: MediaLibraryOptions): MediaLibrary {
  const { files, catalogue, http, newId = randomUUID } = options;

  /**
   * The row first: a file on the volume always has one, so that nothing lies there unlisted. A row whose file never came
   * counts as no file.
   */
  async function publish(account: number, staged: StagedFile, facts: Facts): Promise<NewMedia> {
    const media: NewMedia = { ...facts, id: facts.id ?? newId(), sizeBytes: staged.sizeBytes, sha256: staged.sha256 };
    if (!(await catalogue.add(account, media))) throw new MediaExists();
    try {
      await staged.publish(media.id);
    } catch (error) {
      await catalogue.remove(account, media.id);
      throw error;
    }
    return media;
  }

  /** `decide` looks at the bytes and says what they are kept as, or throws. */
  async function keep(
    account: number,
    staged: StagedFile,
    decide: (content: MediaContent, sizeBytes: number) => Facts,
  ): Promise<NewMedia> {
    try {
      return await publish(account, staged, decide(await inspectContent(staged), staged.sizeBytes));
    } catch (error) {
      await staged.discard();
      throw error;
    }
  }

  function network(): MediaHttp {
    if (http === undefined) throw new Error('this library was made without a way to fetch files');
    return http;
  }

  const stageFetched = (direction: MediaDirection, file: HttpFile, source: AsyncIterable<Uint8Array>, maxBytes: number) =>
    files.stage(direction, source, { maxBytes, ...(file.sizeBytes !== undefined && { expectedBytes: file.sizeBytes }) });

  async function find(account: number, text: string): Promise<MediaRecord | undefined> {
    const id = mediaIdOf(text);
    return id === undefined ? undefined : catalogue.find(account, id);
  }

  async function open(account: number, id: string) {
    const record = await find(account, id);
    const file = record && (await files.open(record.direction, record.id));
    return file && { record, file };
  }

  return {
    async accept(account, { contentType, source, expectedBytes }) {
      const staged = await files.stage('outgoing', source, { maxBytes: maxMediaBytes, ...(expectedBytes !== undefined && { expectedBytes }) });
      return keep(account, staged, (content, sizeBytes) => {
        if (sizeBytes === 0) throw new MediaRefused('empty');
        return { direction: 'outgoing', mimeType: honestType(contentType, content) };
      });
    },

    fetchLink(account, { id, link, type, provider, filename, signal }) {
      const { maxBytes } = mediaLimits[type];
      const get = { maxBytes, ...(provider && { authorization: authorizationOf(provider) }), ...(signal && { signal }) };
      return network().get(link, get, async (file) =>
        keep(account, await stageFetched('outgoing', file, file.body, maxBytes), (content, sizeBytes) => {
          assertSendable(type, sizeBytes, content);
          return {
            direction: 'outgoing',
            mimeType: typeOf(content, file.contentType),
            ...(id !== undefined && { id }),
            ...(filename !== undefined && { filename }),
          };
        }),
      );
    },

    async receive(account, { url, contentType, filename, maxBytes = maxMediaBytes, signal }) {
      const encrypted = readAesgcmUrl(url, network().trustedOrigins);
      if (encrypted === undefined && !/^https?:/i.test(url)) throw new LinkRefused('bad-url');
      return network().get(encrypted?.url ?? url, { maxBytes: maxBytes + tagBytes, ...(signal && { signal }) }, async (file) => {
        const source = encrypted ? decrypt(file.body, encrypted.key) : file.body;
        return keep(account, await stageFetched('incoming', file, source, maxBytes), (content) => ({
          direction: 'incoming',
          mimeType: typeOf(content, contentType ?? (encrypted ? undefined : file.contentType)),
          ...(filename !== undefined && { filename }),
        }));
      });
    },

    find,
    open,

    async isThere(account, id) {
      const found = await open(account, id);
      await found?.file.close();
      return found !== undefined;
    },

    async sendable(account, id, type) {
      const found = await open(account, id);
      if (found === undefined) return undefined;
      try {
        assertSendable(type, found.file.sizeBytes, await inspectContent(found.file));
        return found.record;
      } finally {
        await found.file.close();
      }
    },

    async remove(account, id) {
      const record = await find(account, id);
      if (record === undefined) return false;
      // The file first: should this process die between the two, the row still leads the next attempt here.
      await files.remove(record.direction, record.id);
      return catalogue.remove(account, record.id);
    },
  };
}
