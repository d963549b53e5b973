import { z } from 'zod';
import { Refused } from './errors.ts';

/** E.164 digits, 7 to 15; a leading `+` is tolerated. Fictional numbers (555) count as numbers. */
const number = z
  .string()
  .regex(/^\+?[1-9][0-9]{6,14}$/)
  .transform((text) => text.replace('+', ''));

export type NumberKind = 'business' | 'phone';
const kind = z.enum(['business', 'phone']);
/** Of two-step verification. */
const pin = z.string().regex(/^[0-9]{6}$/);
const certificate = z.string().min(1).max(16_384);

export const codeRequest = z.object({ number, kind, method: z.enum(['sms', 'voice']), pin: pin.optional() });
export type CodeRequest = z.output<typeof codeRequest>;

/** As templates name languages: "en", "fil", "pt_BR"; the hyphen of BCP 47 is taken too. */
const language = z
  .string()
  .regex(/^[a-z]{2,3}(?:[_-][A-Z]{2})?$/)
  .transform((text) => text.replace('-', '_'));

export const registrationRequest = z.object({
  number,
  kind,
  code: z.string().min(1).max(32),
  certificate: certificate.optional(),
  pin: pin.optional(),
  language: language.optional(),
});
export type RegistrationRequest = z.output<typeof registrationRequest>;

/** `password` of the number's chat account; `pin: null` takes the PIN away. */
export const twoStepRequest = z.object({ number, password: z.string().min(1).max(128), pin: pin.nullable() });

/** Anything that is no number is answered as an invalid contact, not as a bad request. */
export const lookupRequest = z.object({ numbers: z.array(z.string().max(64)).max(1000) });

/** A name as people see it: 1 to 128 characters, none of them a control character. */
export const certificateRequest = z.object({ number, name: z.string().trim().min(1).max(128).regex(/^\P{C}+$/u) });
export const certificateCheck = z.object({ certificate });

export const phonesRequest = z.object({ numbers: z.array(number).min(1).max(10_000), language: language.optional() });

/** The E.164 digits of a text, or undefined. */
export function digitsOf(text: string): string | undefined {
  return number.safeParse(text).data;
}

/** The checked body. Throws {@link Refused} `invalid-number` when only the number is wrong, else `invalid-request`. */
export function parseBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const isNumberWrong = parsed.error.issues.every(({ path }) => path[0] === 'number' || path[0] === 'numbers');
  throw new Refused(isNumberWrong ? 'invalid-number' : 'invalid-request');
}
