import { z } from 'zod';
import { interactiveWith } from './interactive.ts';
import { captionedDocumentReference, captionedFile, captionedReference, documentReference, mediaReference, sentFile } from './media-references.ts';
import { contactsPayload, locationPayload, reactionPayload, replyContext, textPayload } from './payloads.ts';
import { freeText, shortText } from './text.ts';

/** `interactive` as a back end posts it. */
export const postedInteractive = interactiveWith(mediaReference, documentReference);
export type PostedInteractive = z.output<typeof postedInteractive>;

/** `interactive` as a phone is sent it. */
export const sentInteractive = interactiveWith(sentFile, sentFile);
export type SentInteractive = z.output<typeof sentInteractive>;

const reply = { context: replyContext.optional() };

/** The payloads that a back end posts as they are, by the name of their type. Templates stand apart. */
export const postedPayloads = {
  text: textPayload,
  image: captionedReference,
  audio: mediaReference,
  video: captionedReference,
  document: captionedDocumentReference,
  sticker: mediaReference,
  location: locationPayload,
  contacts: contactsPayload,
  interactive: postedInteractive,
  reaction: reactionPayload,
} as const;

const sentHeader = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: freeText }),
  z.strictObject({ type: z.literal('image'), image: sentFile }),
  z.strictObject({ type: z.literal('video'), video: sentFile }),
  z.strictObject({ type: z.literal('document'), document: sentFile }),
]);

/** A template with its parameters in place. */
const sentTemplate = z.strictObject({
  namespace: shortText(128),
  name: shortText(512),
  language: shortText(32),
  header: sentHeader.optional(),
  body: freeText,
  footer: freeText.optional(),
  buttons: z.array(
    z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('quick_reply'), text: freeText, payload: freeText.nullable() }),
      z.strictObject({ type: z.literal('url'), text: freeText, url: freeText }),
      z.strictObject({ type: z.literal('phone_number'), text: freeText, phone_number: freeText }),
    ]),
  ),
});
export type SentTemplate = z.output<typeof sentTemplate>;

/**
 * What a business sends, as the encrypted element carries it to a phone: the posted payload with every file in it uploaded,
 * every template rendered, and the ids in it being those of the phone's stanzas.
 */
export const outboundContent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: textPayload, ...reply }),
  z.strictObject({ type: z.literal('image'), image: captionedFile, ...reply }),
  z.strictObject({ type: z.literal('audio'), audio: sentFile, ...reply }),
  z.strictObject({ type: z.literal('video'), video: captionedFile, ...reply }),
  z.strictObject({ type: z.literal('document'), document: captionedFile, ...reply }),
  z.strictObject({ type: z.literal('sticker'), sticker: sentFile, ...reply }),
  z.strictObject({ type: z.literal('location'), location: locationPayload, ...reply }),
  z.strictObject({ type: z.literal('contacts'), contacts: contactsPayload, ...reply }),
  z.strictObject({ type: z.literal('interactive'), interactive: sentInteractive, ...reply }),
  z.strictObject({ type: z.literal('template'), template: sentTemplate, ...reply }),
  z.strictObject({ type: z.literal('reaction'), reaction: reactionPayload }),
]);
export type OutboundContent = z.output<typeof outboundContent>;
