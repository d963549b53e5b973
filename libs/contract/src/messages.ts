import { z } from 'zod';
import { ApiError } from './errors.ts';
import { alsoTakes } from './other-forms.ts';
import { postedPayloads } from './outbound-content.ts';
import { replyContext } from './payloads.ts';
import { parseRequest } from './requests.ts';
import { hsmPayload, templatePayload, templateTtl } from './template-messages.ts';
import { isLongerThan, textUpTo } from './text.ts';

export const maxTextLength = 4096;

/** A wa_id as clients write it: digits, a leading `+` tolerated. */
const waId = z
  .string()
  .regex(/^\+?[1-9][0-9]{4,14}$/)
  .transform((value) => value.replace('+', ''));

const common = {
  to: waId,
  recipient_type: z.string().default('individual'),
  biz_opaque_callback_data: textUpTo(512).optional(),
};
const reply = { context: replyContext.optional() };
const ttl = { ttl: templateTtl.optional() };

const textMessage = z.strictObject({ ...common, type: z.literal('text'), text: postedPayloads.text, preview_url: z.boolean().optional(), ...reply });
const messageOfType = z.discriminatedUnion('type', [
  textMessage,
  z.strictObject({ ...common, type: z.literal('image'), image: postedPayloads.image, ...reply }),
  z.strictObject({ ...common, type: z.literal('audio'), audio: postedPayloads.audio, ...reply }),
  z.strictObject({ ...common, type: z.literal('video'), video: postedPayloads.video, ...reply }),
  z.strictObject({ ...common, type: z.literal('document'), document: postedPayloads.document, ...reply }),
  z.strictObject({ ...common, type: z.literal('sticker'), sticker: postedPayloads.sticker, ...reply }),
  z.strictObject({ ...common, type: z.literal('location'), location: postedPayloads.location, ...reply }),
  z.strictObject({ ...common, type: z.literal('contacts'), contacts: postedPayloads.contacts, ...reply }),
  z.strictObject({ ...common, type: z.literal('interactive'), interactive: postedPayloads.interactive, ...reply }),
  z.strictObject({ ...common, type: z.literal('reaction'), reaction: postedPayloads.reaction }),
  z.strictObject({ ...common, type: z.literal('template'), template: templatePayload, ...ttl, ...reply }),
  z.strictObject({ ...common, type: z.literal('hsm'), hsm: hsmPayload, ...ttl, ...reply }),
]);

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

/** `POST /v1/messages`. Without a type it is text. */
export const sendMessageRequest = alsoTakes(
  textMessage.omit({ type: true }),
  z.preprocess((body) => (isObject(body) && !('type' in body) ? { ...body, type: 'text' } : body), messageOfType),
);
export type SendMessageRequest = z.output<typeof sendMessageRequest>;

/**
 * The body of `POST /v1/messages`, checked. Throws {@link ApiError} as {@link parseRequest}, and invalidRecipientType (1002)
 * and messageTooLong (1001).
 */
export function parseMessage(body: unknown): SendMessageRequest {
  const message = parseRequest(sendMessageRequest, body);
  if (message.recipient_type !== 'individual') throw new ApiError('invalidRecipientType', 'recipient_type');
  if (message.type === 'text' && isLongerThan(message.text.body, maxTextLength)) {
    throw new ApiError('messageTooLong', `text.body is longer than ${maxTextLength} characters`);
  }
  return message;
}
