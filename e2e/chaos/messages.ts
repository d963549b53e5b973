import { createHash } from 'node:crypto';
import type { InboundContent } from '@multiconnect/contract';
import type { ShownMessage } from '@multiconnect/phone';

// The messages of the traffic. Each carries a mark of its own, by which it is known on a phone and in a callback.

export type OutKind = 'text' | 'reply' | 'template' | 'image' | 'location' | 'reaction';
export type InKind = 'text' | 'reply' | 'image' | 'location' | 'reaction';

/** Kinds that are about an earlier message of the other side. */
export const refersToAnother = (kind: OutKind | InKind) => kind === 'reply' || kind === 'reaction';

/** What was seen of a message, on a screen or in a callback. */
export interface Seen {
  readonly kind: string;
  /** Missing in a reaction, which is known by what it is about. */
  readonly mark?: string;
  /** The id that the seeing side knows the other message by. */
  readonly about?: string;
}

export const textMark = (direction: 'out' | 'in', customer: string, index: number) => `${direction} ${customer} ${String(index).padStart(5, '0')}`;
/** A message is reacted to once. */
export const reactionMark = (about: string) => `reaction to ${about}`;

const emoji = '👍';
const place = { latitude: 52.52, longitude: 13.405 };

/** A picture of one pixel, and behind it what makes it unlike every other. */
const pixel = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
export const pictureType = 'image/png';
export const pictureOf = (mark: string): Buffer => Buffer.concat([pixel, Buffer.from(mark)]);
const hashOf = (mark: string) => createHash('sha256').update(pictureOf(mark)).digest('hex');

export const template = {
  name: 'chaos_notice',
  language: 'en',
  components: [{ type: 'BODY', text: 'For you: {{1}}.', example: { body_text: [['a mark']] } }],
};
const markInTemplate = /^For you: (.*)\.$/s;

export interface Posting {
  readonly kind: OutKind;
  readonly mark: string;
  /** The gateway's id of the customer's message that it is about. */
  readonly about?: string;
  /** Of its picture. */
  readonly mediaId?: string;
  readonly namespace: string;
}

/** What is posted, beside the address. */
export function payloadOf({ kind, mark, about, mediaId, namespace }: Posting): object {
  switch (kind) {
    case 'text':
      return { type: 'text', text: { body: mark } };
    case 'reply':
      return { type: 'text', text: { body: mark }, context: { message_id: about } };
    case 'template': {
      const { name, language } = template;
      const components = [{ type: 'body', parameters: [{ type: 'text', text: mark }] }];
      return { type: 'template', template: { namespace, name, language: { code: language, policy: 'deterministic' }, components } };
    }
    case 'image':
      return { type: 'image', image: { id: mediaId, caption: mark } };
    case 'location':
      return { type: 'location', location: { ...place, name: mark } };
    case 'reaction':
      return { type: 'reaction', reaction: { message_id: about, emoji } };
  }
}

/** What a phone sends, unless it is plain text or a file. */
export function contentOf(kind: 'reply' | 'location' | 'reaction', mark: string, about: string): InboundContent {
  switch (kind) {
    case 'reply':
      return { type: 'text', text: { body: mark }, context: { message_id: about } };
    case 'location':
      return { type: 'location', location: { ...place, name: mark } };
    case 'reaction':
      return { type: 'reaction', reaction: { message_id: about, emoji } };
  }
}

type ShownContent = NonNullable<ShownMessage['content']>;

function seenPicture(image: Extract<ShownContent, { type: 'image' }>['image']): Seen {
  const mark = image.caption ?? '';
  return { kind: image.sha256 === hashOf(mark) ? 'image' : 'another image', mark };
}

const seenReaction = (reaction: { readonly message_id: string; readonly emoji: string }): Seen => ({
  kind: reaction.emoji === emoji ? 'reaction' : 'another reaction',
  about: reaction.message_id,
});

const seenText = (body: string, about: string | undefined): Seen => (about === undefined ? { kind: 'text', mark: body } : { kind: 'reply', mark: body, about });

/** What a phone shows, with the ids that are on the phone. */
export function seenOnPhone({ text, content }: ShownMessage): Seen {
  if (content === undefined) return { kind: 'text', mark: text };
  if (content.type === 'text') return seenText(content.text.body, content.context?.message_id);
  if (content.type === 'template') return { kind: 'template', mark: markInTemplate.exec(content.template.body)?.[1] ?? content.template.body };
  if (content.type === 'image') return seenPicture(content.image);
  if (content.type === 'location') return { kind: 'location', mark: content.location.name ?? '' };
  return content.type === 'reaction' ? seenReaction(content.reaction) : { kind: content.type, mark: text };
}

/** A message in a callback. */
export interface CalledBackBody {
  readonly id: string;
  readonly from: string;
  readonly type: string;
  readonly text?: { readonly body: string };
  readonly image?: { readonly id: string; readonly caption?: string };
  readonly location?: { readonly name?: string };
  readonly reaction?: { readonly message_id: string; readonly emoji: string };
  readonly context?: { readonly id?: string };
  readonly errors?: readonly { readonly code?: number; readonly title?: string }[];
}

/** What a callback says, with the gateway's ids. */
export function seenInCallback({ type, text, image, location, reaction, context, errors }: CalledBackBody): Seen {
  if (errors !== undefined) return { kind: type, mark: `(${type}: ${errors.map(({ code, title }) => `${code ?? ''} ${title ?? ''}`).join(', ')})` };
  if (text !== undefined) return seenText(text.body, context?.id);
  if (image !== undefined) return { kind: 'image', mark: image.caption ?? '' };
  if (location !== undefined) return { kind: 'location', mark: location.name ?? '' };
  if (reaction !== undefined) return seenReaction(reaction);
  return { kind: type, mark: `(${type})` };
}
