import {
  ApiError,
  type LanguagePack,
  type PackedTemplate,
  piecesOf,
  type TemplateButton,
  type TemplateComponent,
  templateLimits,
  type TemplateMessageButton,
  type TemplateParameter,
  variableCountOf,
} from '@multiconnect/contract';
import { localisedCurrency, localisedDateTime } from './localise.ts';
import { checkParameter } from './policies.ts';
import { countMismatch } from './refusals.ts';
import { plainTextOf, type RenderedButton, type RenderedHeader, type RenderedTemplate } from './rendered.ts';
import type { TemplateRequest } from './request.ts';

/** Where values are put. */
interface Place {
  readonly field: string;
  readonly language: string;
  readonly timeZone: string;
  readonly maxLength: number;
}

const formatMismatch = (field: string) => new ApiError('templateParamFormatMismatch', field);

function callersText(parameter: TemplateParameter, field: string): string {
  switch (parameter.type) {
    case 'text':
      return parameter.text;
    case 'currency':
      return parameter.currency.fallback_value;
    case 'date_time':
      return parameter.date_time.fallback_value;
    case 'image':
    case 'video':
    case 'document':
      throw formatMismatch(field);
  }
}

function shownText(parameter: TemplateParameter, { field, language, timeZone }: Place): string {
  if (parameter.type === 'currency') return localisedCurrency(parameter.currency, language);
  if (parameter.type === 'date_time') return localisedDateTime(parameter.date_time, language, timeZone);
  return callersText(parameter, field);
}

/** Texts in the variables' places, in one pass: what looks like a variable in a parameter stays as it is. */
const hydrated = (text: string, values: readonly string[]) =>
  piecesOf(text)
    .map((piece) => (typeof piece === 'string' ? piece : (values[piece - 1] ?? '')))
    .join('');

function fillText(text: string, parameters: readonly TemplateParameter[], place: Place): string {
  const expected = variableCountOf(text);
  if (parameters.length !== expected) throw countMismatch(parameters.length, expected);
  const values = parameters.map((parameter, index) => {
    const field = `${place.field}.parameters.${index}`;
    checkParameter(callersText(parameter, field), place.maxLength, field);
    return shownText(parameter, { ...place, field });
  });
  const filled = hydrated(text, values);
  if (filled.length > place.maxLength) throw new ApiError('templateTextTooLong', place.field);
  return filled;
}

type Header = Extract<TemplateComponent, { type: 'HEADER' }>;

function fillHeader(header: Header | undefined, parameters: readonly TemplateParameter[], place: Omit<Place, 'field' | 'maxLength'>): RenderedHeader | undefined {
  const field = 'header';
  if (header === undefined) {
    if (parameters.length > 0) throw countMismatch(parameters.length, 0);
    return undefined;
  }
  if (header.format === 'TEXT') return { type: 'text', text: fillText(header.text, parameters, { ...place, field, maxLength: templateLimits.header }) };
  const [parameter] = parameters;
  if (parameter === undefined) throw new ApiError('templateComponentMissing', field);
  if (parameters.length > 1) throw countMismatch(parameters.length, 1);
  if (parameter.type === 'image' && header.format === 'IMAGE') return parameter;
  if (parameter.type === 'video' && header.format === 'VIDEO') return parameter;
  if (parameter.type === 'document' && header.format === 'DOCUMENT') return parameter;
  throw formatMismatch(field);
}

type UrlButton = Extract<TemplateButton, { type: 'URL' }>;

function fillUrl({ url }: UrlButton, asked: TemplateMessageButton | undefined, field: string): string {
  const expected = variableCountOf(url);
  if (expected > 0 && asked === undefined) throw new ApiError('templateComponentMissing', field);
  const parameters = asked?.parameters ?? [];
  if (parameters.length !== expected) throw countMismatch(parameters.length, expected);
  const [parameter] = parameters;
  if (parameter === undefined) return url;
  if (parameter.type !== 'text') throw formatMismatch(field);
  checkParameter(parameter.text, templateLimits.url, field);
  const filled = hydrated(url, [parameter.text]);
  const isUsable = filled.length <= templateLimits.url && !/[\s\p{C}]/u.test(filled) && URL.canParse(filled);
  if (!isUsable) throw new ApiError('templateUrlInvalid', field);
  return filled;
}

function payloadOf(asked: TemplateMessageButton | undefined, field: string): string | null {
  if (asked === undefined) return null;
  const [parameter, ...others] = asked.parameters;
  if (others.length > 0) throw countMismatch(asked.parameters.length, 1);
  if (parameter === undefined) return null;
  if (parameter.type !== 'payload') throw formatMismatch(field);
  return parameter.payload;
}

const subTypes = { QUICK_REPLY: 'quick_reply', URL: 'url', PHONE_NUMBER: undefined } as const;

function fillButton(button: TemplateButton, asked: TemplateMessageButton | undefined, field: string): RenderedButton {
  const { text } = button;
  if (asked !== undefined && asked.sub_type !== subTypes[button.type]) throw formatMismatch(field);
  switch (button.type) {
    case 'QUICK_REPLY':
      return { type: 'quick_reply', text, payload: payloadOf(asked, field) };
    case 'URL':
      return { type: 'url', text, url: fillUrl(button, asked, field) };
    case 'PHONE_NUMBER':
      return { type: 'phone_number', text, phone_number: button.phone_number };
  }
}

function fillButtons(buttons: readonly TemplateButton[], asked: readonly TemplateMessageButton[]): readonly RenderedButton[] {
  const stray = asked.find(({ index }) => index >= buttons.length);
  if (stray) throw formatMismatch(`button ${stray.index}`);
  return buttons.map((button, index) =>
    fillButton(
      button,
      asked.find((each) => each.index === index),
      `button ${index}`,
    ),
  );
}

/** The component of a type, of which a template has one at most. */
function componentOf<Type extends TemplateComponent['type']>(template: PackedTemplate, type: Type) {
  return template.components.find((each): each is Extract<TemplateComponent, { type: Type }> => each.type === type);
}

/** A template with the request's parameters. Throws {@link ApiError} when they do not fit it. */
export function fill(pack: LanguagePack, template: PackedTemplate, request: TemplateRequest, timeZone: string): RenderedTemplate {
  const { namespace, language } = pack;
  const place = { language, timeZone };
  const header = fillHeader(componentOf(template, 'HEADER'), request.header, place);
  const text = componentOf(template, 'BODY')?.text ?? '';
  const footer = componentOf(template, 'FOOTER')?.text;
  const rendered = {
    namespace,
    name: template.name,
    category: template.category,
    language,
    ...(header === undefined ? {} : { header }),
    body: fillText(text, request.body, { ...place, field: 'body', maxLength: templateLimits.body }),
    ...(footer === undefined ? {} : { footer }),
    buttons: fillButtons(componentOf(template, 'BUTTONS')?.buttons ?? [], request.buttons),
  };
  return { ...rendered, plainText: plainTextOf(rendered) };
}
