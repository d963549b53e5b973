import { type ApiErrorBody, type InboundEvent, type ReceivedContent, type ReceivedFile, type ReceivedFileType, receivedFileTypes } from '@multiconnect/contract';
import type { FileToFetch, NewMedia } from '@multiconnect/message-store';
import { fileContent } from './files.ts';
import { fileTypeOf } from './plain-text.ts';

type Fetched = Pick<NewMedia, 'id' | 'mimeType' | 'sha256' | 'filename'>;

const isFileType = (type: string): type is ReceivedFileType => receivedFileTypes.some((one) => one === type);

function fileIn(content: ReceivedContent): { readonly type: ReceivedFileType; readonly file: ReceivedFile } | undefined {
  if (!isFileType(content.type)) return undefined;
  return { type: content.type, file: (content as unknown as Record<string, ReceivedFile>)[content.type] as ReceivedFile };
}

const completed = (file: ReceivedFile, { id, mimeType, sha256 }: Fetched): ReceivedFile => ({ ...file, id, mime_type: mimeType, sha256 });

/** A bare link is a message of the type that its bytes are. */
function linkedContent(before: ReceivedContent, fetched: Fetched): ReceivedContent {
  const type = fileTypeOf(fetched.mimeType);
  const { filename } = fetched;
  const caption = fileIn(before)?.file.caption;
  const isNamed = filename !== undefined && (type === 'document' || type === 'audio');
  const described = { mime_type: fetched.mimeType, ...(caption !== undefined && { caption }), ...(isNamed && { filename }) };
  return fileContent(type, completed(described, fetched));
}

/** The event with a file that is on the media volume now. */
export function withFile(event: InboundEvent, { place }: Pick<FileToFetch, 'place'>, fetched: Fetched): InboundEvent {
  if (place === 'link') return { ...event, content: linkedContent(event.content, fetched) };
  if (place === 'message') {
    const found = fileIn(event.content);
    return found === undefined ? event : { ...event, content: fileContent(found.type, completed(found.file, fetched)) };
  }
  const { referral } = event;
  if (referral?.image !== undefined) return { ...event, referral: { ...referral, image: completed(referral.image, fetched) } };
  if (referral?.video !== undefined) return { ...event, referral: { ...referral, video: completed(referral.video, fetched) } };
  return event;
}

/** The event with one more thing that is wrong with it. */
export const withFailure = (event: InboundEvent, error: ApiErrorBody): InboundEvent => ({ ...event, errors: [...(event.errors ?? []), error] });
