import type { z } from 'zod';
import type { interactiveReplyPayload } from './interactive.ts';
import type { InboundContent, InboundReferral } from './inbound-content.ts';

type PayloadOf<Type extends InboundContent['type']> = Extract<InboundContent, { type: Type }>;

/**
 * A customer's file in a callback. Without `id` it is not on the media volume: not downloaded (`status`), or it could not be
 * (the message's `errors` say why).
 */
export interface ReceivedFile {
  readonly id?: string;
  readonly mime_type: string;
  /** Of the plain file, in hex. */
  readonly sha256?: string;
  readonly caption?: string;
  readonly filename?: string;
  readonly status?: 'undownloaded';
  readonly animated?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
}

export const receivedFileTypes = ['image', 'video', 'audio', 'voice', 'document', 'sticker'] as const;
export type ReceivedFileType = (typeof receivedFileTypes)[number];

type FileContent = { readonly [Type in ReceivedFileType]: { readonly type: Type } & { readonly [Name in Type]: ReceivedFile } }[ReceivedFileType];

/** What happened to the customer, told as a message of type `system`. */
export type SystemContent =
  | { readonly type: 'system'; readonly system: { readonly type: 'user_changed_number'; readonly body: string; readonly new_wa_id: string; readonly wa_id: string } }
  | { readonly type: 'system'; readonly system: { readonly type: 'user_identity_changed'; readonly body: string; readonly identity: Identity } };

/** A customer's identity, as the back end acknowledges it. */
export interface Identity {
  readonly acknowledged: boolean;
  /** Unix milliseconds. */
  readonly created_timestamp: number;
  readonly hash: string;
}

/** A message from a customer under the name of its type, as callbacks carry it. */
export type ReceivedContent =
  | { readonly type: 'text'; readonly text: { readonly body: string } }
  | FileContent
  | Pick<PayloadOf<'location'>, 'type' | 'location'>
  | Pick<PayloadOf<'contacts'>, 'type' | 'contacts'>
  | Pick<PayloadOf<'button'>, 'type' | 'button'>
  | { readonly type: 'interactive'; readonly interactive: z.output<typeof interactiveReplyPayload> }
  | Pick<PayloadOf<'order'>, 'type' | 'order'>
  | Pick<PayloadOf<'reaction'>, 'type' | 'reaction'>
  | SystemContent
  | { readonly type: 'unknown' };

/** What stands around a message from a customer. `id` is that of the gateway's message, where it knows it. */
export interface ReceivedContext {
  readonly from?: string;
  readonly id?: string;
  readonly forwarded?: boolean | undefined;
  readonly frequently_forwarded?: boolean | undefined;
  readonly referred_product?: { readonly catalog_id: string; readonly product_retailer_id: string } | undefined;
}

export type ReceivedReferral = Omit<InboundReferral, 'image' | 'video'> & { readonly image?: ReceivedFile; readonly video?: ReceivedFile };
