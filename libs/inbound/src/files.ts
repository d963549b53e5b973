import type { CaptionedFile, InboundReferral, ReceivedContent, ReceivedFile, ReceivedFileType, ReceivedReferral, SentFile } from '@multiconnect/contract';
import type { FileToFetch } from '@multiconnect/message-store';

/** Which files are fetched, as the settings have it. */
export interface FilePolicy {
  /** `media.auto_download` */
  readonly autoDownload: ReadonlySet<ReceivedFileType>;
  /** Unless `skip_referral_media_download`. */
  readonly areReferralFilesWanted: boolean;
}

/** Something of a message with the files that it waits for. */
export interface WithFiles<Value> {
  readonly value: Value;
  readonly files: readonly FileToFetch[];
}

/** The types whose files have a name of their own. */
const namedTypes: ReadonlySet<ReceivedFileType> = new Set(['document', 'audio']);

interface Extras {
  readonly animated?: boolean | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}
/** A file as phones send any. */
export type AnyFile = (SentFile | CaptionedFile) & Extras;

const toFetch = (place: FileToFetch['place'], { url, mime_type, filename }: AnyFile): FileToFetch => ({
  place,
  url,
  contentType: mime_type,
  ...(filename === undefined ? {} : { filename }),
});

/** As far as its sender says what it is. */
function described(type: ReceivedFileType, file: AnyFile): ReceivedFile {
  const { mime_type, sha256, filename, animated, metadata } = file;
  const caption = 'caption' in file ? file.caption : undefined;
  return {
    mime_type,
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(caption === undefined || caption === '' ? {} : { caption }),
    ...(filename === undefined || !namedTypes.has(type) ? {} : { filename }),
    ...(animated === undefined ? {} : { animated }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/** The content of a message that is a file. */
export const fileContent = (type: ReceivedFileType, file: ReceivedFile) => ({ type, [type]: file }) as unknown as ReceivedContent;

/** A message that is a file: fetched, or told of only. */
export function readFile(type: ReceivedFileType, file: AnyFile, policy: FilePolicy, place: 'message' | 'link' = 'message'): WithFiles<ReceivedContent> {
  const received = described(type, file);
  if (!policy.autoDownload.has(type)) return { value: fileContent(type, { ...received, status: 'undownloaded' }), files: [] };
  return { value: fileContent(type, received), files: [toFetch(place, file)] };
}

/** Where a customer came from; its picture or film like a file of the message. */
export function readReferral(referral: InboundReferral, policy: FilePolicy): WithFiles<ReceivedReferral> {
  const { image, video, ...said } = referral;
  const file = image ?? video;
  if (file === undefined) return { value: said, files: [] };
  const type = image === undefined ? 'video' : 'image';
  const received = described(type, file);
  if (!policy.areReferralFilesWanted) return { value: { ...said, [type]: { ...received, status: 'undownloaded' } }, files: [] };
  return { value: { ...said, [type]: received }, files: [toFetch('referral', file)] };
}
