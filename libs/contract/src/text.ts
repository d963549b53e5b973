import { z } from 'zod';

export const isKeepable = (value: string): boolean => !value.includes('\u0000') && value.isWellFormed();

/**
 * Free text. Without U+0000 and lone surrogates: PostgreSQL takes both into a `json` column as escapes and then refuses to
 * read any field beside them.
 */
export const freeText = z.string().refine(isKeepable);

/** Whether a text has more than `max` characters as people count them (they are at most as many as UTF-16 units). */
export const isLongerThan = (value: string, max: number): boolean => value.length > max && Array.from(value).length > max;

/** Text of at most `max` characters. */
export const textUpTo = (max: number) => freeText.refine((value) => !isLongerThan(value, max)).meta({ maxLength: max });

/** Text of 1 to `max` characters. */
export const shortText = (max: number) => textUpTo(max).min(1);
