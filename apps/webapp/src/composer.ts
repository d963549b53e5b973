import { acceptedContent, ApiError, fileIn, type SendMessageRequest } from '@multiconnect/contract';
import type { RegisteredAccount } from './account-reader.ts';
import type { SendableMedia } from './sendable-media.ts';
import type { TemplateMessages } from './template-messages.ts';
import type { TemplatePacing } from './template-pacing.ts';

/** A message as its row keeps it. */
export interface ComposedMessage {
  readonly type: string;
  readonly body: object;
}

/** From what a back end posts to what is stored of it. */
export interface Composer {
  /**
   * Templates are rendered, files that are named are looked at. A text costs nothing. Throws {@link ApiError} for what the caller
   * can put right: as template messages, their pacing and sendable media, and messageTooLong (1001).
   */
  compose(account: RegisteredAccount, request: SendMessageRequest): Promise<ComposedMessage>;
}

/** Rendered twice and encrypted, it must fit in one stanza. */
const maxPayloadBytes = 80_000;

type TemplateRequest = Extract<SendMessageRequest, { type: 'template' | 'hsm' }>;
const isTemplate = (request: SendMessageRequest): request is TemplateRequest => request.type === 'template' || request.type === 'hsm';

function assertFits(payload: unknown): void {
  if (Buffer.byteLength(JSON.stringify(payload)) > maxPayloadBytes) {
    throw new ApiError('messageTooLong', `The message is longer than ${maxPayloadBytes} bytes`);
  }
}

export function createComposer(templates: TemplateMessages, media: SendableMedia, pacing: TemplatePacing): Composer {
  const composeTemplate = async (account: RegisteredAccount, request: TemplateRequest): Promise<ComposedMessage> => {
    const composed = await (request.type === 'hsm'
      ? templates.ofHsm(account, request.to, request.hsm)
      : templates.ofTemplate(account, request.to, request.template));
    const { to, recipient_type, biz_opaque_callback_data, ttl, context } = request;
    return { type: 'template', body: { to, recipient_type, biz_opaque_callback_data, ttl, context, type: 'template', ...composed } };
  };

  const assertSendable = async (account: RegisteredAccount, { type, body }: ComposedMessage) => {
    const { data } = acceptedContent.safeParse({ type, [type]: (body as Readonly<Record<string, unknown>>)[type] });
    const file = data && fileIn(data);
    if (file !== undefined) await media.assertSendable(account.id, file);
  };

  return {
    async compose(account, request) {
      if (request.type === 'text') return { type: 'text', body: request };
      assertFits(request);
      const composed = isTemplate(request) ? await composeTemplate(account, request) : { type: request.type, body: request };
      await assertSendable(account, composed);
      if (isTemplate(request)) await pacing.take(account.id, request.type === 'hsm' ? request.hsm.element_name : request.template.name);
      return composed;
    },
  };
}
