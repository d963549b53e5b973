import { z } from 'zod';
import { interactiveReplyPayload } from './interactive.ts';
import { captionedFile, sentFile } from './media-references.ts';
import { contactsPayload, locationPayload, reactionPayload } from './payloads.ts';
import { freeText, shortText } from './text.ts';

const orderPayload = z.strictObject({
  catalog_id: shortText(128),
  text: shortText(1024).optional(),
  product_items: z
    .array(z.strictObject({ product_retailer_id: shortText(256), quantity: z.int().min(1), item_price: z.number().min(0), currency: z.string().length(3) }))
    .min(1)
    .max(100),
});
/** What stands around a customer's message. `message_id` is the id of a stanza, of either side. */
const context = z.strictObject({
  message_id: shortText(128).optional(),
  forwarded: z.boolean().optional(),
  frequently_forwarded: z.boolean().optional(),
  /** The message is about a product of the business's catalogue. */
  referred_product: z.strictObject({ catalog_id: shortText(128), product_retailer_id: shortText(256) }).optional(),
});
export type InboundContext = z.output<typeof context>;

/** The advertisement or post that led the customer here. */
const referral = z.strictObject({
  headline: freeText.max(1024).optional(),
  body: freeText.max(4096).optional(),
  source_type: z.enum(['ad', 'post']),
  source_id: shortText(128),
  source_url: z.url().max(2048),
  image: sentFile.optional(),
  video: sentFile.optional(),
});
export type InboundReferral = z.output<typeof referral>;

/** The name that the customer goes by (XEP-0172). */
const profile = z.strictObject({ name: shortText(128) }).optional();
const around = { context: context.optional(), referral: referral.optional(), profile };

const sticker = z.strictObject({ ...sentFile.shape, animated: z.boolean().optional(), metadata: z.record(z.string().max(64), freeText.max(1024)).optional() });

/** What a customer sends, as the encrypted element carries it. */
export const inboundContent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.strictObject({ body: freeText.min(1) }), ...around }),
  z.strictObject({ type: z.literal('image'), image: captionedFile, ...around }),
  z.strictObject({ type: z.literal('video'), video: captionedFile, ...around }),
  z.strictObject({ type: z.literal('audio'), audio: sentFile, ...around }),
  z.strictObject({ type: z.literal('voice'), voice: sentFile, ...around }),
  z.strictObject({ type: z.literal('document'), document: captionedFile, ...around }),
  z.strictObject({ type: z.literal('sticker'), sticker, ...around }),
  z.strictObject({ type: z.literal('location'), location: locationPayload, ...around }),
  z.strictObject({ type: z.literal('contacts'), contacts: contactsPayload, ...around }),
  z.strictObject({ type: z.literal('interactive'), interactive: interactiveReplyPayload, ...around }),
  z.strictObject({ type: z.literal('button'), button: z.strictObject({ payload: shortText(256).nullable(), text: shortText(256) }), ...around }),
  z.strictObject({ type: z.literal('order'), order: orderPayload, ...around }),
  z.strictObject({ type: z.literal('reaction'), reaction: reactionPayload, profile }),
]);
export type InboundContent = z.output<typeof inboundContent>;

/** What a phone tells a business that is no message of its owner. */
export const phoneNotice = z.discriminatedUnion('type', [
  /** The customer deleted a message that the customer had sent. */
  z.strictObject({ type: z.literal('deleted'), deleted: z.strictObject({ message_id: shortText(128) }) }),
  /** A message of the business that the phone could not show. */
  z.strictObject({ type: z.literal('not_shown'), not_shown: z.strictObject({ message_id: shortText(128), reason: z.enum(['structure', 'incapable']) }) }),
  /** A message of the business whose products are missing in part. */
  z.strictObject({ type: z.literal('warning'), warning: z.strictObject({ message_id: shortText(128), reason: z.enum(['product_missing']) }) }),
  /** The customer has moved to another number (XEP-0283). */
  z.strictObject({ type: z.literal('changed_number'), changed_number: z.strictObject({ wa_id: z.string().regex(/^[1-9][0-9]{4,14}$/) }) }),
]);
export type PhoneNotice = z.output<typeof phoneNotice>;
