import type { DateComponent } from '@multiconnect/contract';

type Calendar = NonNullable<DateComponent['calendar']>;

const dayMs = 24 * 3_600_000;
/** A leap year first, and every weekday on every date within. */
const anyYears = { GREGORIAN: range(2000, 2027), SOLAR_HIJRI: range(1375, 1402) } as const;
const anyDays = range(1, 7);

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function gregorian(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 ? date.getTime() : undefined;
}

const persianParts = new Intl.DateTimeFormat('en-u-ca-persian-nu-latn', { year: 'numeric', month: 'numeric', day: 'numeric', timeZone: 'UTC' });

function persianDateOf(ms: number): string {
  const parts = Object.fromEntries(persianParts.formatToParts(ms).map(({ type, value }) => [type, value]));
  return `${parts['year'] ?? ''}-${parts['month'] ?? ''}-${parts['day'] ?? ''}`;
}

/** Nowruz is near 21 March; the months have 31 days six times, then 30. The estimate is a few days off at most. */
function solarHijri(year: number, month: number, day: number): number | undefined {
  const nowruz = gregorian(year + 621, 3, 21) ?? 0;
  const dayOfYear = (month - 1) * 30 + Math.min(month - 1, 6) + day - 1;
  const wanted = `${year}-${month}-${day}`;
  return range(-3, 3)
    .map((offset) => nowruz + (dayOfYear + offset) * dayMs)
    .find((ms) => persianDateOf(ms) === wanted);
}

const dateIn = { GREGORIAN: gregorian, SOLAR_HIJRI: solarHijri } as const satisfies Record<Calendar, unknown>;

/** 1 is Monday. */
const weekdayOf = (ms: number) => ((new Date(ms).getUTCDay() + 6) % 7) + 1;

/**
 * A moment (UTC, ms) that has all the given fields; what is not given is anything. Undefined when there is none: the
 * 31st of April, or a weekday that the date does not fall on.
 */
export function momentWith({ calendar = 'GREGORIAN', year, month, day_of_month: day, day_of_week: weekday, hour = 0, minute = 0 }: DateComponent): number | undefined {
  const months = month === undefined ? [1] : [month];
  const days = day === undefined ? anyDays : [day];
  for (const y of year === undefined ? anyYears[calendar] : [year]) {
    for (const m of months) {
      for (const d of days) {
        const ms = dateIn[calendar](y, m, d);
        if (ms !== undefined && (weekday === undefined || weekdayOf(ms) === weekday)) return ms + (hour * 60 + minute) * 60_000;
      }
    }
  }
  return undefined;
}
