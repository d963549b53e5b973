import { createHash } from 'node:crypto';
import type { Clock } from '@multiconnect/clock';
import type { ReferencedFile, SentFile } from '@multiconnect/contract';
import {
  type ChatUploads,
  FetchFailed,
  LinkRefused,
  MediaExists,
  type MediaLibrary,
  MediaRefused,
  MediaTooLarge,
  SourceEnded,
  UploadRefused,
} from '@multiconnect/media';
import type { MediaCatalogue, MediaProvider, MediaRecord } from '@multiconnect/message-store';
import { MessageRefused } from './content.ts';
import { SourceTrouble } from './ports.ts';

export interface SentFilesOptions {
  readonly account: number;
  readonly media: MediaLibrary;
  readonly uploads: ChatUploads;
  readonly catalogue: Pick<MediaCatalogue, 'used'>;
  readonly providers: () => Promise<readonly MediaProvider[]>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** What is known of the message that a file is for. */
interface Wanted extends ReferencedFile {
  readonly acceptedAtMs: number;
  readonly signal: AbortSignal;
}

/** A file as messages name it, on its way to a phone. Rejects as a preparer does. */
export type SentFiles = (file: Wanted) => Promise<SentFile>;

/** Messages of one campaign name the same link: a file that has been fetched serves all that are accepted about the same time. */
const linkSharedMs = 60_000;
/** Of being in use it is enough to know about when. */
const usedResolutionMs = 3_600_000;

const transientStatus = /^http-(?:408|425|429|5[0-9]{2})$/;
const transientReasons = new Set(['aborted', 'network', 'refused', 'reset', 'timeout', 'unreachable', 'unresolved']);

/** An id that every process finds for the same file: who comes later sees that it has been fetched. */
function linkedFileId(account: number, { type, reference, acceptedAtMs }: Wanted): string {
  const about = [account, type, reference.link, reference.provider?.name ?? '', Math.floor(acceptedAtMs / linkSharedMs)];
  const bytes = createHash('sha256').update(JSON.stringify(about)).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6); // RFC 9562: version 8
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** What fetching a link ended with, as a preparer says it. */
function linkError(error: unknown, { type, field }: Wanted): unknown {
  if (error instanceof LinkRefused) return new MessageRefused('mediaDownload', 'The link leads nowhere that files are fetched from');
  if (error instanceof FetchFailed) {
    const isTransient = transientReasons.has(error.reason) || transientStatus.test(error.reason);
    return isTransient ? new SourceTrouble(error.reason, { cause: error }) : new MessageRefused('mediaDownload', `The link cannot be fetched: ${error.reason}`);
  }
  if (error instanceof SourceEnded) return new SourceTrouble('reset', { cause: error });
  const isTemplate = field.startsWith('template.');
  if (error instanceof MediaTooLarge) return new MessageRefused('mediaDownload', `The file is too large for a message of type ${type}`);
  if (error instanceof MediaRefused) return new MessageRefused(isTemplate ? 'templateMediaUnsupported' : 'mediaDownload', `The file is no ${type} that can be sent`);
  return error;
}

export function createSentFiles(options: SentFilesOptions): SentFiles {
  const { account, media, uploads, catalogue, clock } = options;

  const providerOf = async ({ reference }: Wanted) => {
    if (reference.provider === undefined) return {};
    const { name } = reference.provider;
    const provider = (await options.providers()).find((one) => one.name === name);
    if (provider === undefined) throw new MessageRefused('mediaDownload', 'The media provider is not known');
    return { provider };
  };

  const fetch = async (file: Wanted, id: string, link: string) => {
    const { type, signal } = file;
    try {
      await media.fetchLink(account, { id, link, type, signal, ...(await providerOf(file)) });
    } catch (error) {
      // Somebody else, who wanted the same, was faster.
      if (!(error instanceof MediaExists)) throw linkError(error, file);
    }
  };

  const fetched = async (file: Wanted, link: string): Promise<string> => {
    const id = linkedFileId(account, file);
    if (await media.isThere(account, id)) return id;
    // A row whose file never came would stand in the way.
    await media.remove(account, id);
    await fetch(file, id, link);
    return id;
  };

  const noteUse = async ({ id, usedAtMs }: MediaRecord) => {
    if (clock.nowMs() - usedAtMs > usedResolutionMs) await catalogue.used(account, id);
  };

  return async (file) => {
    const { id: given, link } = file.reference;
    const id = link === undefined ? (given ?? '') : await fetched(file, link);
    const copy = await uploads.copyOf(account, id, file.signal).catch((error: unknown) => {
      if (error instanceof UploadRefused) throw new MessageRefused('genericCallback', 'The chat network does not take the file');
      throw error;
    });
    if (copy === undefined) throw new MessageRefused('notFound', 'The media is not there any more');
    const { record, url } = copy;
    await noteUse(record);
    return { url, mime_type: record.mimeType, sha256: record.sha256, file_size: record.sizeBytes };
  };
}
