import { z } from 'zod';
import { shortText } from './text.ts';

const password = shortText(256);

/** A backup holds the profile photo, twice in base64. */
export const maxRestoreBytes = 16 * 1_048_576;

/** `POST /v1/settings/backup`. */
export const backupRequest = z.strictObject({ password });

/** `POST /v1/settings/restore`: `data` as it was answered. */
export const restoreRequest = z.strictObject({ password, data: z.string().min(1).max(maxRestoreBytes) });
