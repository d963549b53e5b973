import type { CurrencyValue, DateTimeValue } from '@multiconnect/contract';
import { momentWith } from './calendar.ts';

const currencies: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));
const intlCalendars = { GREGORIAN: 'gregory', SOLAR_HIJRI: 'persian' } as const;

/** The BCP 47 tag of a template's language; undefined when nothing is known of how it writes. */
function tagOf(language: string): string | undefined {
  const tag = language.replaceAll('_', '-');
  try {
    return Intl.NumberFormat.supportedLocalesOf(tag).length > 0 ? tag : undefined;
  } catch {
    return undefined; // no language tag at all
  }
}

/** Making a formatter takes longer than many uses of it. */
const formatters = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();
const maxFormatters = 2000;

function remembered<Formatter extends Intl.NumberFormat | Intl.DateTimeFormat>(key: string, make: () => Formatter): Formatter {
  const known = formatters.get(key);
  if (known) return known as Formatter;
  if (formatters.size >= maxFormatters) formatters.clear();
  const made = make();
  formatters.set(key, made);
  return made;
}

/** An amount as the language writes it; the caller's own text where language or currency (ISO 4217) is unknown. */
export function localisedCurrency({ fallback_value, code, amount_1000 }: CurrencyValue, language: string): string {
  const tag = tagOf(language);
  if (tag === undefined || !currencies.has(code)) return fallback_value;
  const format = remembered(`${tag} ${code}`, () => new Intl.NumberFormat(tag, { style: 'currency', currency: code }));
  // As a decimal text the amount stays exact.
  return format.format(`${amount_1000}E-3` as Intl.StringNumericLiteral);
}

function optionsOf(value: DateTimeValue): Intl.DateTimeFormatOptions | undefined {
  const { timestamp, year, month, day_of_month: day, day_of_week: weekday, hour, minute } = value;
  if (timestamp !== undefined) return { dateStyle: 'long', timeStyle: 'short' };
  const isShowable = (minute === undefined || hour !== undefined) && (year === undefined || day === undefined || month !== undefined);
  const options: Intl.DateTimeFormatOptions = {
    ...(weekday === undefined ? {} : { weekday: 'long' }),
    ...(year === undefined ? {} : { year: 'numeric' }),
    ...(month === undefined ? {} : { month: 'long' }),
    ...(day === undefined ? {} : { day: 'numeric' }),
    ...(hour === undefined ? {} : { hour: 'numeric', minute: '2-digit' }),
  };
  return isShowable && Object.keys(options).length > 0 ? options : undefined;
}

/**
 * A date or time as the language writes it, as much of it as is given; the caller's own text where the language is unknown or
 * the fields make no date. A timestamp is shown in `timeZone`; fields are what they say.
 */
export function localisedDateTime(value: DateTimeValue, language: string, timeZone: string): string {
  const tag = tagOf(language);
  const options = optionsOf(value);
  const moment = value.timestamp === undefined ? momentWith(value) : value.timestamp * 1000;
  if (tag === undefined || options === undefined || moment === undefined) return value.fallback_value;
  const zone = value.timestamp === undefined ? 'UTC' : timeZone;
  const calendar = intlCalendars[value.calendar ?? 'GREGORIAN'];
  const key = `${tag} ${zone} ${calendar} ${Object.entries(options).join()}`;
  return remembered(key, () => new Intl.DateTimeFormat(tag, { ...options, timeZone: zone, calendar })).format(moment);
}
