import { z } from 'zod';
import { freeText } from './text.ts';

/** Message templates as a catalogue keeps them, in the shape of 360dialog's `/v1/configs/templates`. */

export const templateCategories = [
  'ACCOUNT_UPDATE',
  'ALERT_UPDATE',
  'APPOINTMENT_UPDATE',
  'AUTHENTICATION',
  'AUTO_REPLY',
  'ISSUE_RESOLUTION',
  'MARKETING',
  'OTP',
  'PAYMENT_UPDATE',
  'PERSONAL_FINANCE_UPDATE',
  'RESERVATION_UPDATE',
  'SHIPPING_UPDATE',
  'TICKET_UPDATE',
  'TRANSACTIONAL',
  'TRANSPORTATION_UPDATE',
  'UTILITY',
] as const;

export const templateLimits = {
  header: 60,
  body: 1024,
  footer: 60,
  buttonText: 20,
  url: 2000,
  quickReplies: 3,
  urlButtons: 2,
  phoneButtons: 1,
} as const;

/** `en`, `en_US`, `fil`: as it stands in catalogues and packs. */
export const templateLanguage = z.string().regex(/^[a-z]{2,3}(_[A-Z]{2})?$/);
export const templateName = z.string().regex(/^[a-z0-9_]{1,512}$/);

const examples = z.array(freeText.max(1024)).max(100);
const headerExample = z.strictObject({ header_text: examples.optional(), header_handle: examples.optional() }).optional();
const bodyExample = z.strictObject({ body_text: z.union([examples, z.array(examples).max(10)]) }).optional();
const buttonExample = z.union([freeText.max(2048), examples]).optional();

const mediaHeader = <const Format extends string>(format: Format) =>
  z.strictObject({ type: z.literal('HEADER'), format: z.literal(format), example: headerExample });

const header = z.discriminatedUnion('format', [
  z.strictObject({ type: z.literal('HEADER'), format: z.literal('TEXT'), text: freeText, example: headerExample }),
  mediaHeader('IMAGE'),
  mediaHeader('VIDEO'),
  mediaHeader('DOCUMENT'),
]);
const body = z.strictObject({ type: z.literal('BODY'), text: freeText, example: bodyExample });
const footer = z.strictObject({ type: z.literal('FOOTER'), text: freeText });
const button = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('QUICK_REPLY'), text: freeText }),
  z.strictObject({ type: z.literal('URL'), text: freeText, url: freeText, example: buttonExample }),
  z.strictObject({ type: z.literal('PHONE_NUMBER'), text: freeText, phone_number: freeText }),
]);
const buttons = z.strictObject({ type: z.literal('BUTTONS'), buttons: z.array(button).min(1).max(10) });
const component = z.discriminatedUnion('type', [header, body, footer, buttons]);

export type TemplateButton = z.output<typeof button>;
export type TemplateComponent = z.output<typeof component>;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Clients write `type` and `format` in either case. */
function withUpperCaseKeywords(value: unknown): unknown {
  if (!isObject(value)) return value;
  const upper = (field: unknown) => (typeof field === 'string' ? field.toUpperCase() : field);
  return {
    ...value,
    ...('type' in value ? { type: upper(value['type']) } : {}),
    ...('format' in value ? { format: upper(value['format']) } : {}),
    ...(Array.isArray(value['buttons']) ? { buttons: value['buttons'].map(withUpperCaseKeywords) } : {}),
  };
}

const components = z.array(z.preprocess(withUpperCaseKeywords, component)).min(1).max(10);

const draft = z.strictObject({
  name: templateName,
  category: z.preprocess((value) => (typeof value === 'string' ? value.toUpperCase() : value), z.enum(templateCategories)),
  language: templateLanguage,
  components,
  allow_category_change: z.boolean().optional(),
});

/** What a business submits for approval. */
export interface TemplateDraft {
  readonly name: string;
  readonly category: (typeof templateCategories)[number];
  readonly language: string;
  readonly components: readonly TemplateComponent[];
}

/** The approved templates of a namespace in one language. */
export const languagePack = z.object({
  namespace: z.string(),
  language: z.string(),
  version: z.int().min(0),
  templates: z.array(z.object({ name: z.string(), category: z.string(), components: z.array(component) })),
});
export type LanguagePack = z.output<typeof languagePack>;
export type PackedTemplate = LanguagePack['templates'][number];

export type TemplateFault =
  | 'missing'
  | 'unknown-field'
  | 'malformed'
  | 'too-long'
  | 'empty'
  | 'malformed-variable'
  | 'variables-not-contiguous'
  | 'too-many-variables'
  | 'variable-not-allowed'
  | 'body-missing'
  | 'duplicate-component'
  | 'duplicate-button-text'
  | 'too-many-buttons'
  | 'invalid-url'
  | 'invalid-phone-number';

/** A template that cannot be submitted as it is. */
export class TemplateInvalid extends Error {
  override readonly name = 'TemplateInvalid';
  constructor(
    readonly fault: TemplateFault,
    /** `components.0.text`; never its value. */
    readonly field: string,
  ) {
    super(`${field}: ${fault}`);
  }
}

/** A template's text in order: literals, and the numbers of variables. */
export function piecesOf(text: string): readonly (string | number)[] {
  return text
    .split(/\{\{([1-9][0-9]?)\}\}/)
    .map((piece, index) => (index % 2 === 0 ? piece : Number(piece)))
    .filter((piece) => piece !== '');
}

/** How many parameters a text takes. */
export function variableCountOf(text: string): number {
  return new Set(piecesOf(text).filter((piece) => typeof piece === 'number')).size;
}

function checkText(text: string, field: string, maxLength: number, maxVariables: number): void {
  const fail = (fault: TemplateFault) => new TemplateInvalid(fault, field);
  if (text.trim() === '') throw fail('empty');
  if (text.length > maxLength) throw fail('too-long');
  const pieces = piecesOf(text);
  if (pieces.some((piece) => typeof piece === 'string' && /\{\{|\}\}/.test(piece))) throw fail('malformed-variable');
  const variables = new Set(pieces.filter((piece) => typeof piece === 'number'));
  if (variables.size > maxVariables) throw fail(maxVariables === 0 ? 'variable-not-allowed' : 'too-many-variables');
  if (Math.max(0, ...variables) !== variables.size) throw fail('variables-not-contiguous');
}

/** A variable may stand at the end only, behind the host, so that no parameter leads elsewhere. */
const urlWithVariable = /^https?:\/\/[^\s/?#{}@]+[/?#][^\s{}]*\{\{1\}\}$/;

function checkUrl(url: string, field: string): void {
  checkText(url, field, templateLimits.url, 1);
  const hasVariable = variableCountOf(url) > 0;
  const isAllowed = hasVariable ? urlWithVariable.test(url) : /^https?:\/\/\S+$/.test(url);
  if (!isAllowed || !URL.canParse(url.replace('{{1}}', 'x'))) throw new TemplateInvalid('invalid-url', field);
}

function checkButtons(list: readonly TemplateButton[], field: string): void {
  const count = (type: TemplateButton['type']) => list.filter((each) => each.type === type).length;
  const isWithin =
    count('QUICK_REPLY') <= templateLimits.quickReplies && count('URL') <= templateLimits.urlButtons && count('PHONE_NUMBER') <= templateLimits.phoneButtons;
  if (!isWithin) throw new TemplateInvalid('too-many-buttons', field);
  for (const [index, each] of list.entries()) {
    checkText(each.text, `${field}.${index}.text`, templateLimits.buttonText, 0);
    if (each.type === 'URL') checkUrl(each.url, `${field}.${index}.url`);
    if (each.type === 'PHONE_NUMBER' && !/^\+?[1-9][0-9]{4,14}$/.test(each.phone_number)) {
      throw new TemplateInvalid('invalid-phone-number', `${field}.${index}.phone_number`);
    }
  }
  if (new Set(list.map(({ text }) => text)).size < list.length) throw new TemplateInvalid('duplicate-button-text', field);
}

const maxBodyVariables = 99;

function checkComponent(each: TemplateComponent, field: string): void {
  switch (each.type) {
    case 'HEADER':
      if (each.format === 'TEXT') checkText(each.text, `${field}.text`, templateLimits.header, 1);
      return;
    case 'BODY':
      checkText(each.text, `${field}.text`, templateLimits.body, maxBodyVariables);
      return;
    case 'FOOTER':
      checkText(each.text, `${field}.text`, templateLimits.footer, 0);
      return;
    case 'BUTTONS':
      checkButtons(each.buttons, `${field}.buttons`);
  }
}

function faultOf(issue: z.core.$ZodIssue): TemplateInvalid {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') return new TemplateInvalid('unknown-field', path);
  return new TemplateInvalid(issue.input === undefined ? 'missing' : 'malformed', path);
}

/** A submitted template, checked. Throws {@link TemplateInvalid}. */
export function parseTemplateDraft(submitted: unknown): TemplateDraft {
  const parsed = draft.safeParse(submitted, { reportInput: true });
  if (!parsed.success) throw faultOf(parsed.error.issues[0] as z.core.$ZodIssue);
  const { name, category, language, components: list } = parsed.data;
  const types = list.map(({ type }) => type);
  const repeated = types.findIndex((type, index) => types.indexOf(type) < index);
  if (repeated >= 0) throw new TemplateInvalid('duplicate-component', `components.${repeated}`);
  if (!types.includes('BODY')) throw new TemplateInvalid('body-missing', 'components');
  for (const [index, each] of list.entries()) checkComponent(each, `components.${index}`);
  return { name, category, language, components: list };
}
