import { z } from 'zod';

/**
 * Free text. Without U+0000 and lone surrogates: PostgreSQL takes both into a `json` column as escapes and then refuses to
 * read any field beside them.
 */
export const freeText = z.string().refine((value) => !value.includes('\u0000') && value.isWellFormed());

/** Text of 1 to `max` characters. */
export const shortText = (max: number) => freeText.min(1).max(max);
