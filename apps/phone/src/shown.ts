import { basename } from 'node:path';
import { type Choice, choicesOf, templateChoices } from '@multiconnect/content';
import type { CaptionedFile, OutboundContent, SentFile } from '@multiconnect/contract';
import { extensionOf } from '@multiconnect/media';
import type { ShownMessage } from './options.ts';

/** What of a message can be saved: the file itself, or the one above an interactive message or a template. */
export function fileOf(content: OutboundContent | undefined): CaptionedFile | SentFile | undefined {
  if (content === undefined) return undefined;
  switch (content.type) {
    case 'image':
      return content.image;
    case 'audio':
      return content.audio;
    case 'video':
      return content.video;
    case 'document':
      return content.document;
    case 'sticker':
      return content.sticker;
    case 'interactive':
      return content.interactive.type === 'product' ? undefined : fileOfHeader(content.interactive.header);
    case 'template':
      return fileOfHeader(content.template.header);
    case 'text':
    case 'location':
    case 'contacts':
    case 'reaction':
      return undefined;
  }
}

function fileOfHeader(header: Extract<OutboundContent, { type: 'template' }>['template']['header']): SentFile | undefined {
  switch (header?.type) {
    case 'image':
      return header.image;
    case 'video':
      return header.video;
    case 'document':
      return header.document;
    case 'text':
    case undefined:
      return undefined;
  }
}

/** What a message can be answered with, in the order in which it shows it. */
export function choicesIn(content: OutboundContent | undefined): readonly Choice[] {
  if (content?.type === 'interactive') return choicesOf(content.interactive);
  return content?.type === 'template' ? templateChoices(content.template) : [];
}

const units = ['bytes', 'kB', 'MB'] as const;

function sizeText(bytes: number): string {
  const unit = bytes < 1000 ? 0 : bytes < 1_000_000 ? 1 : 2;
  return `${(bytes / 1000 ** unit).toFixed(unit === 0 ? 0 : 1)} ${units[unit]}`;
}

/** The name that a file is kept under: its own without any folder, else one from its type. */
export function fileNameOf(file: SentFile, number: number): string {
  const own = basename((file.filename ?? '').replaceAll('\\', '/')).replace(/[^\p{L}\p{N} ._-]/gu, '_').replace(/^\.+/, '');
  return own === '' ? `file-${number}${extensionOf(file.mime_type)}` : own;
}

const isFileMessage = ({ type }: OutboundContent) => ['image', 'audio', 'video', 'document', 'sticker'].includes(type);

function fileLine(file: SentFile, number: number): string {
  const size = file.file_size === undefined ? '' : `, ${sizeText(file.file_size)}`;
  return `[${file.filename ?? file.mime_type}${size}; /save ${number} keeps it]`;
}

/** A message as a person reads it. `fileNumber` is what its file, if it has one, is saved by. */
export function linesOf({ text, content }: ShownMessage, fileNumber: number): string {
  if (content === undefined) return text;
  const reply = content.type !== 'reaction' && content.context !== undefined ? '(in reply) ' : '';
  if (content.type === 'reaction') return content.reaction.emoji === '' ? '(reaction taken back)' : `reacted ${content.reaction.emoji}`;
  const file = fileOf(content);
  if (file === undefined) return `${reply}${text}`;
  const line = `${isFileMessage(content) ? `${content.type} ` : ''}${fileLine(file, fileNumber)}`;
  // A caption stands in the place of the link, and of a document's name.
  if (isFileMessage(content)) return [`${reply}${line}`, 'caption' in file ? file.caption : undefined].filter((part) => part !== undefined).join('\n');
  return `${reply}${text.replace(file.url, line)}`;
}
