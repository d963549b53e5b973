import { randomUUID } from 'node:crypto';
import type { Clock } from '@multiconnect/clock';
import type { MediaCatalogue, MediaRecord } from '@multiconnect/message-store';
import type { Requester } from '@multiconnect/omemo';
import { aesgcmUrl, encrypt, newFileKey, tagBytes } from './aesgcm.ts';
import { FetchFailed, UploadFailed } from './errors.ts';
import { extensionOf } from './extensions.ts';
import type { MediaHttp } from './http.ts';
import { mediaIdOf } from './media-id.ts';
import type { MediaFiles, OpenFile } from './media-files.ts';
import { findUploadService, requestSlot, type UploadService } from './upload-service.ts';

/** How long the chat network keeps a file. */
export const chatCopyLifetimeMs = 14 * 86_400_000;

export interface ChatUploadsOptions {
  readonly requester: Requester;
  /** The chat network's domain. */
  readonly domain: string;
  readonly files: MediaFiles;
  readonly catalogue: MediaCatalogue;
  readonly http: MediaHttp;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export interface ChatUploads {
  /**
   * A file's copy at the chat network, by its aesgcm:// URL. Uploads the file unless there is a copy younger than 14 days; calls
   * for the same file share one upload. Undefined when there is no such file (any more). Rejects with UploadRefused,
   * UploadFailed, or the errors of the stream and of the store.
   */
  copyOf(account: number, id: string, signal?: AbortSignal): Promise<UploadedFile | undefined>;
}

export interface UploadedFile {
  readonly record: MediaRecord;
  readonly url: string;
}

/** The encrypted copies of the volume's files at the chat network, through one connection to it. */
export function createChatUploads(options: ChatUploadsOptions): ChatUploads {
  const { requester, domain, files, catalogue, http, clock } = options;
  const underWay = new Map<string, Promise<UploadedFile | undefined>>();
  let service: UploadService | undefined;

  async function uploadService(): Promise<UploadService> {
    service ??= await findUploadService(requester, domain);
    if (service === undefined) throw new UploadFailed('no-upload-service');
    return service;
  }

  async function send(file: OpenFile, mimeType: string, signal?: AbortSignal) {
    const key = newFileKey();
    const sizeBytes = file.sizeBytes + tagBytes;
    // The name tells the server nothing; phones go by its extension.
    const slot = await requestSlot(requester, await uploadService(), { filename: `${randomUUID()}${extensionOf(mimeType)}`, sizeBytes });
    const headers = { ...slot.headers, 'content-type': 'application/octet-stream' };
    const plain = file.stream();
    try {
      await http.put(slot.putUrl, { headers, sizeBytes, body: encrypt(plain, key), ...(signal && { signal }) });
    } catch (error) {
      if (error instanceof FetchFailed) throw new UploadFailed(error.reason, { cause: error });
      throw error;
    } finally {
      // A request that never got to its body has not ended it.
      plain.destroy();
    }
    return { url: slot.getUrl.replace(/#.*$/, ''), key, uploadedAtMs: clock.nowMs() };
  }

  async function upload(account: number, record: MediaRecord, signal?: AbortSignal) {
    const { id, direction, mimeType } = record;
    const file = await files.open(direction, id);
    if (file === undefined) return undefined;
    try {
      const copy = await send(file, mimeType, signal);
      await catalogue.uploaded(account, id, copy);
      return { record, url: aesgcmUrl(copy.url, copy.key) };
    } finally {
      await file.close();
    }
  }

  async function currentCopy(account: number, id: string, signal?: AbortSignal) {
    const mediaId = mediaIdOf(id);
    const record = mediaId === undefined ? undefined : await catalogue.find(account, mediaId);
    if (record === undefined) return undefined;
    const copy = record.chatCopy;
    if (copy && clock.nowMs() - copy.uploadedAtMs < chatCopyLifetimeMs) return { record, url: aesgcmUrl(copy.url, copy.key) };
    return upload(account, record, signal);
  }

  return {
    copyOf(account, id, signal) {
      const key = `${account}/${id}`;
      const known = underWay.get(key);
      if (known) return known;
      const work = currentCopy(account, id, signal).finally(() => underWay.delete(key));
      underWay.set(key, work);
      return work;
    },
  };
}
