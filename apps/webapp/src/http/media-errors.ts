import type { ApiErrorKind } from '@multiconnect/contract';
import { ApiError } from '@multiconnect/contract';
import { MediaExists, MediaRefused, MediaTooLarge, type RefusalReason, SourceEnded, VolumeFull, VolumeNotWritable } from '@multiconnect/media';

const refusals: Readonly<Partial<Record<RefusalReason, readonly [ApiErrorKind, string]>>> = {
  empty: ['parameterMissing', 'The request has no body'],
  'bad-content-type': ['parameterInvalid', 'Content-Type'],
  'content-mismatch': ['parameterInvalid', 'Content-Type: the content is of another type'],
  'too-many-pixels': ['parameterInvalid', 'The image has too many pixels'],
};

/** Somebody has to make room first. */
const freeSpaceRetryS = 60;

/** The API's error for what the media library throws at an upload or a download. */
export function apiErrorOfMedia(error: unknown): ApiError | undefined {
  if (error instanceof MediaRefused) return new ApiError(...(refusals[error.reason] ?? (['parameterInvalid', 'The content is not accepted'] as const)));
  if (error instanceof MediaTooLarge) return new ApiError('payloadTooLarge', 'The file is larger than 100 MB');
  if (error instanceof SourceEnded) return new ApiError('invalidRequest', 'The request body broke off');
  if (error instanceof MediaExists) return new ApiError('alreadyExists', 'Media id');
  if (error instanceof VolumeNotWritable) return new ApiError('forbidden', 'The media directory cannot be written');
  if (error instanceof VolumeFull) return new ApiError('overloaded', 'Not enough free space for media', freeSpaceRetryS);
  return undefined;
}
