import { acceptedContent, type AcceptedContent, type ApiErrorBody, type ApiErrorKind, errorBody, isWithoutFile, type OutboundContent } from '@multiconnect/contract';
import type { AcceptedRow } from '@multiconnect/message-store';

/** A stored row whose body is not what its type says. */
export class UnsendableRow extends Error {
  override readonly name = 'UnsendableRow';
}

/** A message that will never be sent, for a reason that the back end is told. */
export class MessageRefused extends Error {
  override readonly name = 'MessageRefused';
  readonly body: ApiErrorBody;
  constructor(kind: ApiErrorKind, details?: string) {
    super(`the message is refused: ${kind}`);
    this.body = errorBody(kind, details);
  }
}

interface Body {
  readonly text?: { readonly body?: unknown; readonly preview_url?: boolean };
  readonly preview_url?: boolean;
  readonly context?: { readonly message_id: string };
  /** Seconds from acceptance. */
  readonly ttl?: number;
  /** Accepted, though no phone will show it: the error to report. */
  readonly refused?: ApiErrorKind;
  readonly stanza_id?: unknown;
  readonly [field: string]: unknown;
}

const bodyOf = (row: AcceptedRow) => row.body as Body;

export const isMarker = (row: AcceptedRow): boolean => row.type === 'read-marker';

/** The stanza that a read marker is about. Throws {@link UnsendableRow}. */
export function markedStanzaOf(row: AcceptedRow): string {
  const { stanza_id: stanzaId } = bodyOf(row);
  if (typeof stanzaId !== 'string' || stanzaId === '') throw new UnsendableRow(`read marker ${row.id} names no message`);
  return stanzaId;
}

/** Its time had passed before it could be sent. */
export function isExpired(row: AcceptedRow, nowMs: number): boolean {
  if (row.type !== 'template') return false;
  const { ttl } = bodyOf(row);
  return ttl !== undefined && nowMs > row.acceptedAtMs + ttl * 1000;
}

/** Most messages are texts: they are read without a schema. */
function textOf(row: AcceptedRow): AcceptedContent {
  const { text, preview_url: beside, context } = bodyOf(row);
  if (typeof text?.body !== 'string') throw new UnsendableRow(`message ${row.id} has no text`);
  const preview = text.preview_url ?? beside;
  return {
    type: 'text',
    text: { body: text.body, ...(preview !== undefined && { preview_url: preview }) },
    ...(context !== undefined && { context }),
  };
}

/** What a row asks to be sent. Throws {@link UnsendableRow}, and {@link MessageRefused} where acceptance found that no phone will show it. */
export function acceptedContentOf(row: AcceptedRow): AcceptedContent {
  if (row.type === 'text') return textOf(row);
  const { refused, context, [row.type]: payload } = bodyOf(row);
  if (refused !== undefined) throw new MessageRefused(refused);
  const parsed = acceptedContent.safeParse({ type: row.type, [row.type]: payload, ...(context !== undefined && { context }) });
  if (!parsed.success) throw new UnsendableRow(`message ${row.id} is no ${row.type}`);
  return parsed.data;
}

/** Ids of customers' messages stand for nothing on a phone: it knows them by the ids of its stanzas. */
const isInboundId = (id: string) => id.startsWith('ABGG');

/** The customer's message that the content is about. */
export function inboundIdIn(content: AcceptedContent): string | undefined {
  const id = content.type === 'reaction' ? content.reaction.message_id : content.context?.message_id;
  return id !== undefined && isInboundId(id) ? id : undefined;
}

/** The content as it is sent, when nothing in it is to be put in place first. */
export function sentAsItIs(content: AcceptedContent): OutboundContent | undefined {
  return isWithoutFile(content) && inboundIdIn(content) === undefined ? content : undefined;
}

/** The same about the stanza. Of a reply to what is no longer known the message itself is left. */
export function aboutStanza<Content extends AcceptedContent | OutboundContent>(content: Content, stanzaId: string | undefined): Content {
  if (content.type === 'reaction') {
    if (stanzaId === undefined) throw new MessageRefused('notFound', 'The message that is reacted to is not known');
    return { ...content, reaction: { ...content.reaction, message_id: stanzaId } };
  }
  const { context: _, ...rest } = content;
  return (stanzaId === undefined ? rest : { ...rest, context: { message_id: stanzaId } }) as Content;
}
