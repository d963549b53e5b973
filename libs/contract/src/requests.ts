import { z } from 'zod';
import { ApiError } from './errors.ts';
import { numberOrText } from './other-forms.ts';
import { shardCounts } from './slots.ts';
import { freeText } from './text.ts';

/** `PUT /v1/messages/{id}`. */
export const markMessageRequest = z.strictObject({ status: z.literal('read') });

/** `POST /v1/contacts`. */
export const checkContactsRequest = z.strictObject({
  blocking: z.enum(['wait', 'no_wait']).default('no_wait'),
  contacts: z.array(freeText.max(64)).min(1).max(1000),
  force_check: z.boolean().default(false),
});

/** Of two-step verification. */
const pin = z.string().regex(/^[0-9]{6}$/);

/** `POST /v1/settings/account/two-step`. */
export const twoStepRequest = z.strictObject({ pin });

/** `POST /v1/account`. */
export const registerAccountRequest = z.strictObject({
  cc: z.string().regex(/^[1-9][0-9]{0,2}$/),
  phone_number: z.string().regex(/^[0-9]{4,14}$/),
  method: z.enum(['sms', 'voice']),
  cert: freeText.min(1).max(16_384),
  pin: pin.optional(),
});

/** `POST /v1/account/verify`. */
export const verifyAccountRequest = z.strictObject({ code: freeText.min(1).max(32) });

/** `POST /v1/account/shards`; the count comes as a number or a string. */
export const setShardsRequest = z.strictObject({
  cc: z.string().regex(/^[1-9][0-9]{0,2}$/),
  phone_number: z.string().regex(/^[0-9]{4,14}$/),
  shards: numberOrText(/^[0-9]{1,2}$/, z.literal(shardCounts)),
  cert: freeText.min(1).max(16_384),
  pin: pin.optional(),
});

/** What a password must have: 8 to 64 characters, a digit, an upper and a lower case letter and a special one. */
export const password = z
  .string()
  .min(8)
  .max(64)
  .regex(/[0-9]/)
  .regex(/[A-Z]/)
  .regex(/[a-z]/)
  .regex(/[!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]/);

export const createUserRequest = z.strictObject({
  username: z.string().min(4).max(32).regex(/^[A-Za-z0-9_.@-]+$/),
  password,
});
export const updateUserRequest = z.strictObject({ password });
export const changePasswordRequest = z.strictObject({ new_password: password });

type Issue = z.core.$ZodIssue;

/** Enough to recognise a field by, whatever the caller made its name. */
const maxFieldNameLength = 64;

/** `a.b.0`; undefined for the body as a whole. */
function fieldOf(path: readonly PropertyKey[]): string | undefined {
  return path.length === 0 ? undefined : path.map(String).join('.').slice(0, maxFieldNameLength).toWellFormed();
}

const isMissing = (issue: Issue) => issue.code !== 'unrecognized_keys' && issue.input === undefined;

function apiErrorOf(issue: Issue): ApiError {
  if (issue.code === 'unrecognized_keys') return new ApiError('parameterUnknown', fieldOf([...issue.path, ...issue.keys.slice(0, 1)]));
  if (isMissing(issue)) return new ApiError('parameterMissing', fieldOf(issue.path));
  return new ApiError('parameterInvalid', fieldOf(issue.path));
}

/**
 * A request body, checked. Throws {@link ApiError} parameterMissing (1008), parameterUnknown (1010) or parameterInvalid
 * (1009), naming the field and never its value.
 */
export function parseRequest<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body, { reportInput: true });
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues;
  throw apiErrorOf(issues.find(isMissing) ?? (issues[0] as Issue));
}
