import { z } from 'zod';
import { shardCounts } from './slots.ts';
import { newStickerpack } from './stickerpacks.ts';

/** Answers, as they are described and checked in tests; what clients may rely on. */

const metaOf = (version: RegExp) =>
  z.strictObject({
    version: z.string().regex(version).describe('The generation of the API'),
    api_status: z.enum(['stable', 'experimental', 'deprecated']),
  });
const version = /^[0-9]+\.[0-9]+\.[0-9]+$/;
export const metaAnswer = z.strictObject({ meta: metaOf(version) }).meta({ id: 'Meta' });

/** An answer with `meta` beside its own fields. */
export const answer = <Shape extends z.core.$ZodLooseShape>(shape: Shape) => z.strictObject({ ...shape, meta: metaOf(version) });

export const errorsAnswer = z
  .array(
    z.strictObject({
      code: z.int(),
      title: z.string(),
      details: z.string().optional().describe('More about it; never what was sent'),
      href: z.string().optional(),
    }),
  )
  .min(1);
export const errorAnswer = z.strictObject({ meta: metaOf(version), errors: errorsAnswer }).meta({ id: 'ErrorAnswer' });

export const loginAnswer = z
  .strictObject({
    users: z
      .array(
        z.strictObject({
          token: z.string().describe('Valid for 7 days. JWT'),
          expires_after: z.string().regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\+00:00$/),
        }),
      )
      .length(1),
    meta: metaOf(/^v[0-9]+\.[0-9]+\.[0-9]+$/),
  })
  .meta({ id: 'LoginAnswer' });

export const userAnswer = answer({ users: z.array(z.strictObject({ username: z.string() })).length(1) }).meta({ id: 'UserAnswer' });
export const describedUserAnswer = answer({
  users: z.array(z.strictObject({ username: z.string(), ROLES: z.enum(['ROLE_ADMIN', 'ROLE_USER']) })).length(1),
}).meta({ id: 'DescribedUserAnswer' });

export const codeSentAnswer = answer({
  account: z.array(z.strictObject({ vname: z.string().describe('The name in the certificate') })).length(1),
}).meta({ id: 'CodeSentAnswer' });
export const shardsAnswer = answer({ account: z.strictObject({ shards: z.literal(shardCounts) }) }).meta({ id: 'ShardsAnswer' });

export const contactsAnswer = answer({
  contacts: z.array(
    z.strictObject({
      input: z.string().describe('As it was sent'),
      status: z.enum(['valid', 'processing', 'invalid', 'failed']),
      wa_id: z.string().optional().describe('Of a valid number'),
    }),
  ),
}).meta({ id: 'ContactsAnswer' });

export const sentMessageAnswer = answer({
  contacts: z.array(z.strictObject({ input: z.string(), wa_id: z.string() })).length(1),
  messages: z.array(z.strictObject({ id: z.string() })).length(1),
}).meta({ id: 'SentMessageAnswer' });

export const mediaAnswer = answer({ media: z.array(z.strictObject({ id: z.uuid() })).length(1) }).meta({ id: 'MediaAnswer' });

const gatewayStatus = z.enum(['connected', 'connecting', 'disconnected', 'uninitialized', 'unregistered']);
const nodeHealth = z.strictObject({
  gateway_status: gatewayStatus.optional(),
  role: z.enum(['primary_master', 'secondary_master', 'coreapp']).optional(),
  errors: errorsAnswer.optional().describe('What is wrong with the node; alone: it does not answer'),
});
export const healthAnswer = answer({ health: z.record(z.string(), nodeHealth).describe('By node: hostname:instance') }).meta({ id: 'HealthAnswer' });

export const stickerpackIdsAnswer = answer({ stickerpacks: z.array(z.strictObject({ id: z.uuid() })) }).meta({ id: 'StickerpackIdsAnswer' });
export const stickerpackAnswer = answer({
  stickerpacks: z.array(newStickerpack.extend({ id: z.uuid() })).length(1),
}).meta({ id: 'StickerpackAnswer' });
export const stickerIndexAnswer = answer({ stickers: z.array(z.strictObject({ index: z.string().regex(/^[0-9]+$/) })) }).meta({ id: 'StickerIndexAnswer' });
export const stickersAnswer = answer({
  stickers: z
    .array(
      z.strictObject({
        index: z.string().regex(/^[0-9]+$/),
        id: z.string().describe('Of the file'),
        image_data_id: z.string(),
        emojis: z.array(z.string()),
      }),
    )
    .length(1),
}).meta({ id: 'StickersAnswer' });
