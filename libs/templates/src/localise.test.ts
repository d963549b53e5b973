import type { DateTimeValue } from '@multiconnect/contract';
import { describe, expect, it } from 'vitest';
import { localisedCurrency, localisedDateTime } from './localise.ts';

/** Spaces that do not break and marks of direction are not what these tables are about. */
const readable = (text: string) => text.replace(/[\u200e\u200f\u061c]/g, '').replace(/\p{Zs}/gu, ' ');

const usd = { fallback_value: '$100.99', code: 'USD', amount_1000: 100_990 };
const currency = (language: string, more: object = {}) => readable(localisedCurrency({ ...usd, ...more }, language));
const date = (language: string, value: Partial<DateTimeValue>, timeZone = 'UTC') =>
  readable(localisedDateTime({ fallback_value: 'then', ...value }, language, timeZone));

describe('a currency', () => {
  it.each([
    ['en_US', '$100.99'],
    ['de', '100,99 $'],
    ['ar', '100.99 US$'],
    ['hi', '$100.99'],
    ['fa', '$۱۰۰٫۹۹'],
  ])('in %s is %s', (language, expected) => expect(currency(language)).toBe(expected));

  it.each([
    ['en_US', 'JPY', 1_500_000, '¥1,500'],
    ['hi', 'INR', 12_345_678_000, '₹1,23,45,678.00'],
    ['de', 'EUR', -5500, '-5,50 €'],
    ['en_US', 'USD', Number.MAX_SAFE_INTEGER, '$9,007,199,254,740.99'],
  ])('in %s of %s %d is %s', (language, code, amount, expected) => {
    expect(currency(language, { code, amount_1000: amount })).toBe(expected);
  });

  it.each([
    ['en_US', 'ZZZ'],
    ['xx', 'USD'],
    ['not_a_language', 'USD'],
  ])('in %s of %s is what the business wrote', (language, code) => expect(currency(language, { code })).toBe('$100.99'));
});

describe('a date of fields', () => {
  const whole = { day_of_week: 5, day_of_month: 25, month: 2, year: 1977, hour: 15, minute: 33 };
  it.each([
    ['en_US', 'Friday, February 25, 1977 at 3:33 PM'],
    ['de', 'Freitag, 25. Februar 1977 um 15:33'],
    ['ar', 'الجمعة، 25 فبراير 1977 في 3:33 م'],
    ['hi', 'शुक्रवार, 25 फ़रवरी 1977 को 3:33 pm बजे'],
    ['fa', 'جمعه ۲۵ فوریهٔ ۱۹۷۷ ساعت ۱۵:۳۳'],
  ])('in %s is %s', (language, expected) => expect(date(language, whole)).toBe(expected));

  it.each([
    [{ day_of_month: 25, month: 2, year: 1977 }, 'February 25, 1977'],
    [{ month: 2, year: 1977 }, 'February 1977'],
    [{ day_of_month: 29, month: 2 }, 'February 29'],
    [{ day_of_week: 1 }, 'Monday'],
    [{ day_of_week: 7, hour: 9 }, 'Sunday 9:00 AM'],
    [{ day_of_week: 3, day_of_month: 29, month: 2 }, 'Wednesday, February 29'],
    [{ hour: 0, minute: 5 }, '12:05 AM'],
    [{ year: 2026 }, '2026'],
  ])('%j shows as much as is given', (value, expected) => expect(date('en_US', value)).toBe(expected));

  it.each([
    [{}],
    [{ minute: 5 }],
    [{ day_of_month: 31, month: 4 }],
    [{ day_of_month: 29, month: 2, year: 2025 }],
    [{ day_of_week: 1, day_of_month: 25, month: 2, year: 1977 }],
    [{ day_of_month: 5, year: 2026 }],
    [{ day_of_month: 30, month: 12, year: 1400, calendar: 'SOLAR_HIJRI' as const }],
  ])('%j makes no date: it is what the business wrote', (value) => expect(date('en_US', value)).toBe('then'));
});

describe('the solar Hijri calendar', () => {
  const nowruz = { day_of_month: 1, month: 1, year: 1405, calendar: 'SOLAR_HIJRI' as const };
  it('is what fields are in and are shown in', () => {
    expect(date('fa', nowruz)).toBe('۱ فروردین ۱۴۰۵');
    expect(date('fa', { ...nowruz, day_of_month: 30, month: 12, year: 1403 })).toBe('۳۰ اسفند ۱۴۰۳');
    expect(date('fa', { ...nowruz, day_of_week: 6 })).toContain('شنبه');
    expect(date('en_US', nowruz)).toContain('Farvardin 1, 1405');
  });

  it('is not used unless asked for, in languages of its own too', () => {
    expect(date('fa', { day_of_month: 21, month: 3, year: 2026 })).toBe('۲۱ مارس ۲۰۲۶');
  });

  it('has every day of a long time', () => {
    for (const year of [1200, 1375, 1403, 1404, 1500]) {
      for (let month = 1; month <= 12; month += 1) {
        expect(date('en_US', { ...nowruz, year, month, day_of_month: month <= 11 ? 30 : 29 })).toContain(String(year));
      }
    }
  });
});

describe('a timestamp', () => {
  it.each([
    ['en_US', 'UTC', 'February 25, 1977 at 3:33 PM'],
    ['en_US', 'Asia/Tokyo', 'February 26, 1977 at 12:33 AM'],
    ['de', 'Europe/Berlin', '25. Februar 1977 um 16:33'],
  ])('in %s and %s is %s', (language, timeZone, expected) => {
    expect(date(language, { timestamp: 225_732_780 }, timeZone)).toBe(expected);
  });

  it('is shown in the solar Hijri calendar on demand', () => {
    expect(date('fa', { timestamp: 225_732_780, calendar: 'SOLAR_HIJRI' })).toContain('۶ اسفند ۱۳۵۵');
  });
});
