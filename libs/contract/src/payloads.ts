import { z } from 'zod';
import { numberOrText } from './other-forms.ts';
import { freeText, shortText, textUpTo } from './text.ts';

/** The payloads of messages, in the API's own shapes: what a back end posts is what a phone is sent. */

/** Clients send some numbers as strings. */
const coordinate = (limit: number) => numberOrText(/^-?[0-9]{1,3}(\.[0-9]{1,20})?$/, z.number().min(-limit).max(limit));

/** `preview_url` stands in here or beside it, depending on the client. Longer text is told apart later (1001). */
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

/** An empty emoji takes the reaction back. */
export const reactionPayload = z.strictObject({ message_id: shortText(128), emoji: textUpTo(32) });

/** To which message a message answers. */
export const replyContext = z.strictObject({ message_id: shortText(128) });
