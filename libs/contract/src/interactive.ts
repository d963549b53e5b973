import { z } from 'zod';
import { valueOrJson } from './other-forms.ts';
import { plainData } from './plain-data.ts';
import { shortText } from './text.ts';

/** `interactive`: what a customer answers by choosing. */

const maxHeader = 60;
const maxBody = 1024;
const maxFooter = 60;
const textHeader = z.strictObject({ type: z.literal('text'), text: shortText(maxHeader) });
const headerWith = <Media extends z.ZodType, Document extends z.ZodType>(media: Media, document: Document) =>
  z.discriminatedUnion('type', [
    textHeader,
    z.strictObject({ type: z.literal('image'), image: media }),
    z.strictObject({ type: z.literal('video'), video: media }),
    z.strictObject({ type: z.literal('document'), document }),
  ]);
const frame = { body: z.strictObject({ text: shortText(maxBody) }), footer: z.strictObject({ text: shortText(maxFooter) }).optional() };

/** Some clients send `action` as a JSON text. */
const action = valueOrJson;

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
  flow_action_payload: z.strictObject({ screen: shortText(256), data: plainData.optional() }).optional(),
});

/** The payload with headers that name files as `media` and `document` say. */
export const interactiveWith = <Media extends z.ZodType, Document extends z.ZodType>(media: Media, document: Document) =>
  z.discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('button'),
      header: headerWith(media, document).optional(),
      ...frame,
      action: action(z.strictObject({ buttons: replyButtons })),
    }),
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
      header: headerWith(media, document).optional(),
      ...frame,
      action: action(z.strictObject({ name: z.literal('flow'), parameters: flowParameters })),
    }),
  ]);

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
