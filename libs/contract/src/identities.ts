import { z } from 'zod';
import { answer } from './answers.ts';

const hash = z.string().regex(/^[A-Za-z0-9+/]{11}=$/);

/** `PUT /v1/contacts/{wa_id}/identity`. */
export const acknowledgeIdentityRequest = z.strictObject({ hash });

export const identityAnswer = answer({
  contacts: z.strictObject({
    hash: hash.describe('8 bytes, base64'),
    created_timestamp: z.int().describe('Since when, in Unix milliseconds'),
    acknowledged: z.boolean(),
  }),
}).meta({ id: 'IdentityAnswer' });

/** The wa_id that a path names, `+` or not; undefined when it is none. */
export function waIdOfPath(text: string): string | undefined {
  return /^\+?([1-9][0-9]{4,14})$/.exec(text)?.[1];
}
