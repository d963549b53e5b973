import { readContent, UnreadableContent } from '@multiconnect/content';
import {
  inboundContent,
  type InboundContent,
  type InboundContext,
  phoneNotice,
  type PhoneNotice,
  type ReceivedContent,
  type ReceivedFileType,
  receivedFileTypes,
  type ReceivedReferral,
} from '@multiconnect/contract';
import type { FileToFetch } from '@multiconnect/message-store';
import type { DecryptedEnvelope } from '@multiconnect/omemo';
import type { Element } from '@multiconnect/xmpp';
import { type AnyFile, type FilePolicy, readFile, readReferral, type WithFiles } from './files.ts';
import { meaningOfText } from './plain-text.ts';

export interface SayingPolicy extends FilePolicy {
  readonly isUpload: (url: string) => boolean;
}

/** A message, as far as it can be read without its files and without what it refers to. */
export interface SaidMessage {
  readonly kind: 'message';
  readonly content: ReceivedContent;
  readonly files: readonly FileToFetch[];
  readonly context?: InboundContext;
  readonly referral?: ReceivedReferral;
  readonly profileName?: string;
  /** Plain text of a client that knows nothing of ours: it may answer what that client showed numbered. */
  readonly isTyped: boolean;
}

/** What a decrypted message says. */
export type Said =
  | SaidMessage
  | { readonly kind: 'notice'; readonly notice: PhoneNotice; readonly profileName?: string }
  | { readonly kind: 'unsupported'; readonly profileName?: string }
  | { readonly kind: 'nothing' };

const nickNamespace = 'http://jabber.org/protocol/nick';
const maxNameLength = 128;
/** Phones have them, and the API has no form for them. */
const unsupportedTypes: readonly unknown[] = ['ephemeral', 'unsupported'];

type FileMessage = Extract<InboundContent, { type: ReceivedFileType }>;
type Plain = Exclude<InboundContent, FileMessage>;

/** Only what the API knows of a payload. */
function plainContent(content: Plain): ReceivedContent {
  switch (content.type) {
    case 'text':
      return { type: 'text', text: content.text };
    case 'location':
      return { type: 'location', location: content.location };
    case 'contacts':
      return { type: 'contacts', contacts: content.contacts };
    case 'interactive':
      return { type: 'interactive', interactive: content.interactive };
    case 'button':
      return { type: 'button', button: content.button };
    case 'order':
      return { type: 'order', order: content.order };
    case 'reaction':
      return { type: 'reaction', reaction: content.reaction };
  }
}

const isFile = (content: InboundContent): content is FileMessage => receivedFileTypes.some((type) => type === content.type);

function contentOf(content: InboundContent, policy: FilePolicy): WithFiles<ReceivedContent> {
  if (!isFile(content)) return { value: plainContent(content), files: [] };
  // The payload stands under the name of its type.
  const file = (content as unknown as Readonly<Record<string, AnyFile>>)[content.type] as AnyFile;
  return readFile(content.type, file, policy);
}

const named = (name: string | undefined) => (name === undefined ? {} : { profileName: name });

function richMessage(content: InboundContent, policy: FilePolicy, nick: string | undefined): SaidMessage {
  const { value, files } = contentOf(content, policy);
  const around = content.type === 'reaction' ? { context: undefined, referral: undefined } : content;
  const referral = around.referral && readReferral(around.referral, policy);
  return {
    kind: 'message',
    content: value,
    files: [...files, ...(referral?.files ?? [])],
    isTyped: false,
    ...named(content.profile?.name ?? nick),
    ...(around.context === undefined ? {} : { context: around.context }),
    ...(referral === undefined ? {} : { referral: referral.value }),
  };
}

function plainMessage(text: string, policy: SayingPolicy, nick: string | undefined): SaidMessage {
  const meaning = meaningOfText(text, policy.isUpload);
  const message = { kind: 'message' as const, files: [], isTyped: false, ...named(nick) };
  switch (meaning.kind) {
    case 'text':
      return { ...message, content: { type: 'text', text: { body: text } }, isTyped: true };
    case 'location':
      return { ...message, content: { type: 'location', location: { latitude: meaning.latitude, longitude: meaning.longitude } } };
    case 'file': {
      const file = { url: meaning.url, mime_type: meaning.mimeType, filename: meaning.filename, caption: meaning.caption };
      const { value, files } = readFile(meaning.type, file, policy, 'link');
      return { ...message, content: value, files };
    }
  }
}

function elementIn(stanza: Element, messageKey: Uint8Array): { readonly isThere: boolean; readonly content?: unknown } {
  try {
    const content = readContent(stanza, messageKey);
    return { isThere: content !== undefined, content };
  } catch (error) {
    if (error instanceof UnreadableContent) return { isThere: true };
    throw error;
  }
}

function nickIn(stanza: Element): string | undefined {
  const nick = stanza.getChildText('nick', nickNamespace)?.trim().slice(0, maxNameLength).toWellFormed();
  return nick === '' ? undefined : nick;
}

const typeIn = (content: unknown): unknown => (typeof content === 'object' && content !== null && 'type' in content ? content.type : undefined);

/**
 * What a decrypted stanza says: its encrypted element where that can be read, else its text. A text without anything readable beside
 * it stands for itself, and something unreadable without a text is unsupported.
 */
export function saidIn(stanza: Element, { text, messageKey }: Pick<DecryptedEnvelope, 'text' | 'messageKey'>, policy: SayingPolicy): Said {
  const { isThere, content } = elementIn(stanza, messageKey);
  const nick = nickIn(stanza);
  const message = inboundContent.safeParse(content);
  if (message.success) return richMessage(message.data, policy, nick);
  const notice = phoneNotice.safeParse(content);
  if (notice.success) return { kind: 'notice', notice: notice.data, ...named(nick) };
  if (unsupportedTypes.includes(typeIn(content))) return { kind: 'unsupported', ...named(nick) };
  if (text !== undefined && text !== '') return plainMessage(text, policy, nick);
  return isThere || text === '' ? { kind: 'unsupported', ...named(nick) } : { kind: 'nothing' };
}
