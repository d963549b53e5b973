import type { MediaReference, SentFile } from './media-references.ts';
import type { AcceptedContent, OutboundContent } from './outbound-content.ts';

/** A file that a message names, and what the message wants it to be. */
export interface ReferencedFile {
  readonly type: 'image' | 'audio' | 'video' | 'document' | 'sticker';
  readonly reference: MediaReference;
  /** As errors name it: `image`, `interactive.header.image`. */
  readonly field: string;
}

type Header = NonNullable<Extract<AcceptedContent, { type: 'template' }>['template']['header']>;

function fileOfHeader(header: Header | undefined, at: string): ReferencedFile | undefined {
  switch (header?.type) {
    case 'image':
      return { type: 'image', reference: header.image, field: `${at}.image` };
    case 'video':
      return { type: 'video', reference: header.video, field: `${at}.video` };
    case 'document':
      return { type: 'document', reference: header.document, field: `${at}.document` };
    case 'text':
    case undefined:
      return undefined;
  }
}

/** The file that a message names; it names one at most. */
export function fileIn(content: AcceptedContent): ReferencedFile | undefined {
  switch (content.type) {
    case 'image':
      return { type: 'image', reference: content.image, field: 'image' };
    case 'audio':
      return { type: 'audio', reference: content.audio, field: 'audio' };
    case 'video':
      return { type: 'video', reference: content.video, field: 'video' };
    case 'document':
      return { type: 'document', reference: content.document, field: 'document' };
    case 'sticker':
      return { type: 'sticker', reference: content.sticker, field: 'sticker' };
    case 'interactive':
      return content.interactive.type === 'product' ? undefined : fileOfHeader(content.interactive.header, 'interactive.header');
    case 'template':
      return fileOfHeader(content.template.header, 'template.header');
    case 'text':
    case 'location':
    case 'contacts':
    case 'reaction':
      return undefined;
  }
}

function withHeaderFile<Frame extends { readonly header?: Header | undefined }>(frame: Frame, file: SentFile) {
  const { header } = frame;
  switch (header?.type) {
    case 'image':
      return { ...frame, header: { type: 'image' as const, image: file } };
    case 'video':
      return { ...frame, header: { type: 'video' as const, video: file } };
    case 'document':
      return { ...frame, header: { type: 'document' as const, document: named(file, header.document) } };
    case 'text':
    case undefined:
      return frame;
  }
}

function named(file: SentFile, { filename }: MediaReference): SentFile {
  return filename === undefined ? file : { ...file, filename };
}

function captioned(file: SentFile, reference: MediaReference) {
  const { caption } = reference;
  return caption === undefined ? named(file, reference) : { ...named(file, reference), caption };
}

/** The content with the file that it names in the place of the name. */
export function withFile(content: AcceptedContent, file: SentFile): OutboundContent {
  switch (content.type) {
    case 'image':
      return { ...content, image: captioned(file, content.image) };
    case 'audio':
      return { ...content, audio: file };
    case 'video':
      return { ...content, video: captioned(file, content.video) };
    case 'document':
      return { ...content, document: captioned(file, content.document) };
    case 'sticker':
      return { ...content, sticker: file };
    case 'interactive':
      if (content.interactive.type === 'product') return content as OutboundContent;
      return { ...content, interactive: withHeaderFile(content.interactive, file) } as OutboundContent;
    case 'template':
      return { ...content, template: withHeaderFile(content.template, file) } as OutboundContent;
    case 'text':
    case 'location':
    case 'contacts':
    case 'reaction':
      return content;
  }
}

/** Whether the content names no file: then it can be sent as it is. */
export const isWithoutFile = (content: AcceptedContent): content is AcceptedContent & OutboundContent => fileIn(content) === undefined;
