import { z } from 'zod';
import { documentReference, mediaReference } from './media-references.ts';
import { alsoTakes, numberOrText } from './other-forms.ts';
import { shortText } from './text.ts';

/** The payloads of `template` and `hsm` messages, as a back end posts them. */

const maxParameters = 100;
/** Longer than any template takes: what is too long for its place is told apart later (2004). */
const maxParameterLength = 4096;
const lastYear = 9999;
const lastTimestampS = 253_402_300_799;

/** Clients send some numbers as strings. */
const wholeNumber = (min: number, max: number) => numberOrText(/^-?[0-9]{1,16}$/, z.int().min(min).max(max));

const parameterText = shortText(maxParameterLength);
const name = z.string().regex(/^[\w.-]{1,512}$/);
const namespace = z.string().regex(/^[\w:.-]{1,128}$/);

/** `fallback` is deprecated; without a policy it is `deterministic`. */
const language = z.strictObject({
  policy: z.enum(['deterministic', 'fallback']).default('deterministic'),
  code: z.string().regex(/^[A-Za-z]{2,8}([_-][A-Za-z0-9]{2,8}){0,2}$/),
});

const currencyCode = z
  .string()
  .regex(/^[A-Za-z]{3}$/)
  .transform((code) => code.toUpperCase());
const amount1000 = wholeNumber(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
const timestamp = wholeNumber(0, lastTimestampS);

const weekdays = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'];
/** Patterns of JSON Schemas have no flags. */
const inAnyCase = (word: string) => word.replace(/[A-Z]/g, (letter) => `[${letter}${letter.toLowerCase()}]`);
const weekday = new RegExp(`^(?:[1-7]|${weekdays.map(inAnyCase).join('|')})$`);
function numberOfWeekday(value: unknown): unknown {
  const index = typeof value === 'string' ? weekdays.indexOf(value.toUpperCase()) : -1;
  return index < 0 ? value : index + 1;
}
const dayOfWeek = alsoTakes(z.string().regex(weekday), z.preprocess(numberOfWeekday, wholeNumber(1, 7)));

const calendar = z.enum(['GREGORIAN', 'SOLAR_HIJRI']);
const dateFields = {
  /** 1 is Monday. */
  day_of_week: dayOfWeek.optional(),
  day_of_month: wholeNumber(1, 31).optional(),
  month: wholeNumber(1, 12).optional(),
  year: wholeNumber(1, lastYear).optional(),
  hour: wholeNumber(0, 23).optional(),
  minute: wholeNumber(0, 59).optional(),
  /** What the fields are in, and what is shown; the Gregorian one when absent. */
  calendar: calendar.optional(),
};
const dateComponent = z.strictObject(dateFields);
export type DateComponent = z.output<typeof dateComponent>;

const dateNames = ['day_of_week', 'day_of_month', 'month', 'year', 'hour', 'minute'] as const;

const dateTime = z
  .strictObject({ fallback_value: parameterText, ...dateFields, timestamp: timestamp.optional() })
  .refine((value) => value.timestamp === undefined || dateNames.every((field) => value[field] === undefined));
export type DateTimeValue = z.output<typeof dateTime>;

const currency = z.strictObject({ fallback_value: parameterText, code: currencyCode, amount_1000: amount1000 });
export type CurrencyValue = z.output<typeof currency>;

const textParameter = z.strictObject({ type: z.literal('text'), text: parameterText });
const currencyParameter = z.strictObject({ type: z.literal('currency'), currency });
const dateTimeParameter = z.strictObject({ type: z.literal('date_time'), date_time: dateTime });

const valueParameter = z.discriminatedUnion('type', [
  textParameter,
  currencyParameter,
  dateTimeParameter,
  z.strictObject({ type: z.literal('image'), image: mediaReference }),
  z.strictObject({ type: z.literal('video'), video: mediaReference }),
  z.strictObject({ type: z.literal('document'), document: documentReference }),
]);
const buttonParameter = z.discriminatedUnion('type', [textParameter, z.strictObject({ type: z.literal('payload'), payload: shortText(256) })]);

/** What stands in a variable's place, or in a media header's. */
export type TemplateParameter = z.output<typeof valueParameter>;

const values = z.array(valueParameter).max(maxParameters).default([]);
const messageComponent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('header'), parameters: values }),
  z.strictObject({ type: z.literal('body'), parameters: values }),
  z.strictObject({
    type: z.literal('button'),
    sub_type: z.enum(['quick_reply', 'url']),
    index: wholeNumber(0, 9),
    parameters: z.array(buttonParameter).max(maxParameters).default([]),
  }),
]);
export type TemplateMessageComponent = z.output<typeof messageComponent>;
export type TemplateMessageButton = Extract<TemplateMessageComponent, { type: 'button' }>;

const placeOf = (each: TemplateMessageComponent) => (each.type === 'button' ? `button ${each.index}` : each.type);

/** `template` of a message of that type. */
export const templatePayload = z.strictObject({
  namespace: namespace.optional(),
  name,
  language,
  components: z
    .array(messageComponent)
    .max(12)
    .refine((list) => new Set(list.map(placeOf)).size === list.length)
    .default([]),
});
export type TemplatePayload = z.output<typeof templatePayload>;

const localizableParam = z
  .strictObject({
    default: parameterText,
    currency: z.strictObject({ currency_code: currencyCode, amount_1000: amount1000 }).optional(),
    date_time: z.union([z.strictObject({ component: dateComponent }), z.strictObject({ unix_epoch: z.strictObject({ timestamp }) })]).optional(),
  })
  .refine((param) => param.currency === undefined || param.date_time === undefined);
export type LocalizableParam = z.output<typeof localizableParam>;

/** `hsm` of a message of that type: the older form, for templates of a body only. */
export const hsmPayload = z.strictObject({
  namespace,
  element_name: name,
  language,
  localizable_params: z.array(localizableParam).max(maxParameters).default([]),
});
export type HsmPayload = z.output<typeof hsmPayload>;

const maxTtlS = 30 * 24 * 3600;
const isoDuration = /^P(?:([0-9]{1,3})D)?(?:T(?:([0-9]{1,4})H)?(?:([0-9]{1,5})M)?(?:([0-9]{1,7})S)?)?$/;

function secondsOf(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (/^[0-9]{1,8}$/.test(value)) return Number(value);
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] = isoDuration.exec(value) ?? [];
  return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
}

/** `ttl` beside `template` or `hsm`: seconds, or an ISO 8601 duration such as `P1D`; becomes seconds. */
export const templateTtl = alsoTakes(z.string().regex(new RegExp(`^[0-9]{1,8}$|${isoDuration.source}`)), z.preprocess(secondsOf, z.int().min(1).max(maxTtlS)));
