import { z } from 'zod';
import { freeText, shortText } from './text.ts';

/** The payloads of messages, in the API's own shapes: what a back end posts is what a phone is sent. */

/** Clients send some numbers as strings. */
const coordinate = (limit: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^-?[0-9]{1,3}(\.[0-9]{1,20})?$/.test(value) ? Number(value) : value),
    z.number().min(-limit).max(limit),
  );

export const textPayload = z.strictObject({ body: freeText.min(1), preview_url: z.boolean().optional() });

export const locationPayload = z.strictObject({
  latitude: coordinate(90),
  longitude: coordinate(180),
  name: shortText(1000).optional(),
  address: shortText(1000).optional(),
  url: z.url().max(2048).optional(),
});

const contactText = shortText(1024).optional();
const contactPart = z.strictObject;

const contactName = contactPart({
  formatted_name: shortText(1024),
  first_name: contactText,
  last_name: contactText,
  middle_name: contactText,
  suffix: contactText,
  prefix: contactText,
}).refine((name) => [name.first_name, name.last_name, name.middle_name, name.suffix, name.prefix].some((part) => part !== undefined));

const contactCard = contactPart({
  addresses: z
    .array(
      contactPart({
        street: contactText,
        city: contactText,
        state: contactText,
        zip: contactText,
        country: contactText,
        country_code: contactText,
        type: contactText,
      }),
    )
    .optional(),
  birthday: z.iso.date().optional(),
  emails: z.array(contactPart({ email: contactText, type: contactText })).optional(),
  name: contactName,
  org: contactPart({ company: contactText, department: contactText, title: contactText }).optional(),
  phones: z.array(contactPart({ phone: contactText, type: contactText, wa_id: contactText })).optional(),
  urls: z.array(contactPart({ url: contactText, type: contactText })).optional(),
  ims: z.array(contactPart({ service: contactText, user_id: contactText, type: contactText })).optional(),
});
export const contactsPayload = z.array(contactCard).min(1).max(257);

export const reactionPayload = z.strictObject({ message_id: shortText(128), emoji: freeText.max(32) });

const maxHeader = 60;
const maxBody = 1024;
const maxFooter = 60;
const textHeader = z.strictObject({ type: z.literal('text'), text: shortText(maxHeader) });
const frame = { body: z.strictObject({ text: shortText(maxBody) }), footer: z.strictObject({ text: shortText(maxFooter) }).optional() };

/** Some clients send `action` as a JSON text. */
const action = <Shape extends z.ZodType>(shape: Shape) =>
  z.preprocess((value) => {
    if (typeof value !== 'string') return value;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      return value; // no JSON: refused as the wrong type
    }
  }, shape);

const hasDistinct = <Item>(items: readonly Item[], key: (item: Item) => string) => new Set(items.map(key)).size === items.length;

const replyButtons = z
  .array(z.strictObject({ type: z.literal('reply'), reply: z.strictObject({ id: shortText(256), title: shortText(20) }) }))
  .min(1)
  .max(3)
  .refine((buttons) => hasDistinct(buttons, (button) => button.reply.id) && hasDistinct(buttons, (button) => button.reply.title));

const listSections = z
  .array(
    z.strictObject({
      title: shortText(24).optional(),
      rows: z.array(z.strictObject({ id: shortText(200), title: shortText(24), description: shortText(72).optional() })).min(1).max(10),
    }),
  )
  .min(1)
  .max(10)
  .refine((sections) => sections.length === 1 || sections.every((section) => section.title !== undefined))
  .refine((sections) => sections.reduce((sum, section) => sum + section.rows.length, 0) <= 10)
  .refine((sections) => hasDistinct(sections.flatMap((section) => section.rows), (row) => row.id));

const productSections = z
  .array(
    z.strictObject({
      title: shortText(24).optional(),
      product_items: z.array(z.strictObject({ product_retailer_id: shortText(256) })).min(1).max(30),
    }),
  )
  .min(1)
  .max(10)
  .refine((sections) => sections.length === 1 || sections.every((section) => section.title !== undefined))
  .refine((sections) => sections.reduce((sum, section) => sum + section.product_items.length, 0) <= 30);

const flowParameters = z.strictObject({
  flow_message_version: z.literal('3'),
  flow_token: shortText(1024),
  flow_id: shortText(128),
  flow_cta: shortText(20),
  mode: z.enum(['draft', 'published']).optional(),
  flow_action: z.enum(['navigate', 'data_exchange']).optional(),
  flow_action_payload: z.strictObject({ screen: shortText(256), data: z.record(z.string(), z.json()).optional() }).optional(),
});

export const interactivePayload = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('button'), header: textHeader.optional(), ...frame, action: action(z.strictObject({ buttons: replyButtons })) }),
  z.strictObject({
    type: z.literal('list'),
    header: textHeader.optional(),
    ...frame,
    action: action(z.strictObject({ button: shortText(20), sections: listSections })),
  }),
  z.strictObject({
    type: z.literal('product'),
    body: frame.body.optional(),
    footer: frame.footer,
    action: action(z.strictObject({ catalog_id: shortText(128), product_retailer_id: shortText(256) })),
  }),
  z.strictObject({
    type: z.literal('product_list'),
    header: textHeader,
    ...frame,
    action: action(z.strictObject({ catalog_id: shortText(128), sections: productSections })),
  }),
  z.strictObject({
    type: z.literal('flow'),
    header: textHeader.optional(),
    ...frame,
    action: action(z.strictObject({ name: z.literal('flow'), parameters: flowParameters })),
  }),
]);
export type InteractivePayload = z.output<typeof interactivePayload>;

/** What a customer answers an interactive message or a template's button with. */
export const interactiveReplyPayload = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('button_reply'), button_reply: z.strictObject({ id: shortText(256), title: shortText(20) }) }),
  z.strictObject({
    type: z.literal('list_reply'),
    list_reply: z.strictObject({ id: shortText(200), title: shortText(24), description: shortText(72).optional() }),
  }),
  z.strictObject({
    type: z.literal('nfm_reply'),
    nfm_reply: z.strictObject({ name: z.literal('flow'), body: shortText(1024), response_json: shortText(65_536) }),
  }),
]);

const orderPayload = z.strictObject({
  catalog_id: shortText(128),
  text: shortText(1024).optional(),
  product_items: z
    .array(z.strictObject({ product_retailer_id: shortText(256), quantity: z.int().min(1), item_price: z.number().min(0), currency: z.string().length(3) }))
    .min(1)
    .max(100),
});

const context = z.strictObject({ message_id: shortText(128) });
const reply = { context: context.optional() };

/** What a business sends, as its own phone-side element carries it. */
export const outboundContent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: textPayload, ...reply }),
  z.strictObject({ type: z.literal('location'), location: locationPayload, ...reply }),
  z.strictObject({ type: z.literal('contacts'), contacts: contactsPayload, ...reply }),
  z.strictObject({ type: z.literal('interactive'), interactive: interactivePayload, ...reply }),
  z.strictObject({ type: z.literal('reaction'), reaction: reactionPayload }),
]);
export type OutboundContent = z.output<typeof outboundContent>;

/** What a customer sends. */
export const inboundContent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.strictObject({ body: freeText.min(1) }), ...reply }),
  z.strictObject({ type: z.literal('location'), location: locationPayload, ...reply }),
  z.strictObject({ type: z.literal('contacts'), contacts: contactsPayload, ...reply }),
  z.strictObject({ type: z.literal('interactive'), interactive: interactiveReplyPayload, ...reply }),
  z.strictObject({ type: z.literal('button'), button: z.strictObject({ payload: shortText(256).nullable(), text: shortText(256) }), ...reply }),
  z.strictObject({ type: z.literal('order'), order: orderPayload, ...reply }),
  z.strictObject({ type: z.literal('reaction'), reaction: reactionPayload }),
]);
export type InboundContent = z.output<typeof inboundContent>;
