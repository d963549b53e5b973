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

const templateHeaderWith = <Media extends z.ZodType, Document extends z.ZodType>(media: Media, document: Document) =>
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('text'), text: freeText }),
    z.strictObject({ type: z.literal('image'), image: media }),
    z.strictObject({ type: z.literal('video'), video: media }),
    z.strictObject({ type: z.literal('document'), document }),
  ]);

/** A template with its parameters in place, and a header that names its file as `media` and `document` say. */
const templateWith = <Media extends z.ZodType, Document extends z.ZodType>(media: Media, document: Document) =>
  z.strictObject({
    namespace: shortText(128),
    name: shortText(512),
    language: shortText(32),
    header: templateHeaderWith(media, document).optional(),
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

/** A template as it was rendered: its file is still named as the back end named it. */
const renderedTemplate = templateWith(mediaReference, documentReference);

const sentTemplate = templateWith(sentFile, sentFile);
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

/** What the row of an accepted message holds of it: the posted payload, every template rendered. */
export const acceptedContent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: postedPayloads.text, ...reply }),
  z.strictObject({ type: z.literal('image'), image: postedPayloads.image, ...reply }),
  z.strictObject({ type: z.literal('audio'), audio: postedPayloads.audio, ...reply }),
  z.strictObject({ type: z.literal('video'), video: postedPayloads.video, ...reply }),
  z.strictObject({ type: z.literal('document'), document: postedPayloads.document, ...reply }),
  z.strictObject({ type: z.literal('sticker'), sticker: postedPayloads.sticker, ...reply }),
  z.strictObject({ type: z.literal('location'), location: postedPayloads.location, ...reply }),
  z.strictObject({ type: z.literal('contacts'), contacts: postedPayloads.contacts, ...reply }),
  z.strictObject({ type: z.literal('interactive'), interactive: postedPayloads.interactive, ...reply }),
  z.strictObject({ type: z.literal('template'), template: renderedTemplate, ...reply }),
  z.strictObject({ type: z.literal('reaction'), reaction: postedPayloads.reaction }),
]);
export type AcceptedContent = z.output<typeof acceptedContent>;
