import { ApiError } from '@multiconnect/contract';
import { inspectContent } from '@multiconnect/media';
import type { Photo } from '@multiconnect/message-store';

export const maxPhotoBytes = 5 * 1_048_576;
/** A phone that draws the picture needs four bytes for each. */
const maxPhotoPixels = 25_000_000;
const mimeTypes = new Set(['image/jpeg', 'image/png']);

/**
 * A picture by its bytes, whatever it is called; its header is looked at and it is never decoded. Throws {@link ApiError}
 * parameterMissing (empty), payloadTooLarge, or parameterInvalid (no JPEG or PNG, too many pixels).
 */
export async function photoOf(content: Buffer): Promise<Photo> {
  if (content.length === 0) throw new ApiError('parameterMissing', 'The request has no picture');
  if (content.length > maxPhotoBytes) throw new ApiError('payloadTooLarge', 'The picture is larger than 5 MB');
  const source = { sizeBytes: content.length, read: (position: number, length: number) => Promise.resolve(content.subarray(position, position + length)) };
  const { mimeType, image } = await inspectContent(source);
  if (image === undefined || mimeType === undefined || !mimeTypes.has(mimeType)) throw new ApiError('parameterInvalid', 'The picture is neither JPEG nor PNG');
  if (image.width * image.height > maxPhotoPixels) throw new ApiError('parameterInvalid', 'The picture has too many pixels');
  return { mimeType, content };
}
