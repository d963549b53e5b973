import { type MediaContent, oleContainer, opusInOgg, zipContainer } from './content.ts';
import { MediaRefused, MediaTooLarge } from './errors.ts';

const mebibyte = 1_048_576;

/** The most that is taken of any file. */
export const maxMediaBytes = 100 * mebibyte;
/** An image of a few kilobytes can say that it has thousands of millions of them. */
export const maxImagePixels = 100_000_000;

export type MediaType = 'image' | 'audio' | 'video' | 'document' | 'sticker';

interface Limits {
  readonly maxBytes: number;
  /** Undefined: any. */
  readonly mimeTypes?: ReadonlySet<string>;
}

export const mediaLimits: Readonly<Record<MediaType, Limits>> = {
  image: { maxBytes: 5 * mebibyte, mimeTypes: new Set(['image/jpeg', 'image/png']) },
  audio: { maxBytes: 16 * mebibyte, mimeTypes: new Set(['audio/aac', 'audio/mp4', 'audio/amr', 'audio/mpeg', opusInOgg]) },
  video: { maxBytes: 16 * mebibyte, mimeTypes: new Set(['video/mp4', 'video/3gpp']) },
  sticker: { maxBytes: 102_400, mimeTypes: new Set(['image/webp']) },
  document: { maxBytes: maxMediaBytes },
};

const stickerPixels = 512;
const videoCodecs = new Set(['avc1', 'avc3']);
const audioCodecs = new Set(['mp4a']);

const unknownType = 'application/octet-stream';
const aliases: Readonly<Record<string, string>> = {
  'image/jpg': 'image/jpeg',
  'audio/mp3': 'audio/mpeg',
  'audio/x-m4a': 'audio/mp4',
  'audio/m4a': 'audio/mp4',
  'audio/x-aac': 'audio/aac',
  'audio/aacp': 'audio/aac',
  'binary/octet-stream': unknownType,
};
/** RFC 9110, 8.3.1, without comments. */
const contentType = /^[!#$%&'*+.^_`|~0-9a-z-]+\/[!#$%&'*+.^_`|~0-9a-z-]+(?:\s*;\s*[!#$%&'*+.^_`|~0-9a-z-]+=(?:[!#$%&'*+.^_`|~0-9a-z-]+|"[^"\\\r\n]*"))*$/i;
const maxContentTypeLength = 255;

/** The type alone, in lower case and under its one name. Throws MediaRefused. */
function essenceOf(declared: string): string {
  if (declared.length > maxContentTypeLength || !contentType.test(declared)) throw new MediaRefused('bad-content-type');
  const essence = (declared.split(';', 1)[0] ?? '').trim().toLowerCase();
  return aliases[essence] ?? essence;
}

/** Types that a file must be recognised as to be called so. */
const provable = new Set([
  ...['image/jpeg', 'image/png', 'image/webp', 'image/gif'],
  ...['audio/aac', 'audio/mp4', 'audio/amr', 'audio/mpeg', 'audio/ogg'],
  ...['video/mp4', 'video/3gpp', 'application/pdf'],
]);

const oleTypes = /^application\/(?:msword|vnd\.ms-(?:excel|powerpoint|word)|x-ole-storage)$/;
const zipTypes = /^application\/(?:zip|vnd\.openxmlformats-officedocument\..+|vnd\.oasis\.opendocument\..+|epub\+zip)$/;

function isHonest(essence: string, declared: string, { mimeType, isText }: MediaContent): boolean {
  if (essence === unknownType) return true;
  if (essence === 'audio/ogg') return /codecs="?opus/i.test(declared) ? mimeType === opusInOgg : mimeType?.startsWith('audio/ogg') === true;
  if (provable.has(essence)) return mimeType === essence;
  if (oleTypes.test(essence)) return mimeType === oleContainer;
  if (zipTypes.test(essence)) return mimeType === zipContainer;
  if (essence.startsWith('text/')) return isText && mimeType === undefined;
  return mimeType === undefined || mimeType === zipContainer || mimeType === oleContainer || mimeType === essence;
}

function assertDrawable({ image }: MediaContent): void {
  if (image && image.width * image.height > maxImagePixels) throw new MediaRefused('too-many-pixels');
}

/**
 * The type under which an uploaded file is kept. Throws {@link MediaRefused} when the bytes are not what `declared` (a
 * Content-Type) says, or are an image too large to draw.
 */
export function honestType(declared: string, content: MediaContent): string {
  const essence = essenceOf(declared);
  if (!isHonest(essence, declared, content)) throw new MediaRefused('content-mismatch');
  assertDrawable(content);
  return essence === 'audio/ogg' ? (content.mimeType ?? essence) : withoutAlias(declared, essence);
}

/** Parameters are kept: `text/plain; charset=utf-8`. */
function withoutAlias(declared: string, essence: string): string {
  const parameters = declared.indexOf(';');
  return provable.has(essence) || parameters < 0 ? essence : essence + declared.slice(parameters);
}

/** The type of a file that a stranger sent: by its bytes, else as declared where that is no lie. */
export function typeOf(content: MediaContent, declared?: string): string {
  try {
    if (declared !== undefined && essenceOf(declared) !== unknownType) return honestType(declared, content);
  } catch (error) {
    if (!(error instanceof MediaRefused)) throw error;
  }
  return content.mimeType ?? unknownType;
}

function assertSticker({ image }: MediaContent): void {
  if (image?.width !== stickerPixels || image.height !== stickerPixels || image.isAnimated) throw new MediaRefused('bad-sticker');
}

function assertPlayable({ tracks = [] }: MediaContent): void {
  const audio = tracks.filter(({ kind }) => kind === 'audio');
  const playable = tracks.every(({ kind, codec }) => (kind === 'video' ? videoCodecs : audioCodecs).has(codec));
  if (!playable || audio.length > 1) throw new MediaRefused('unsupported-codec');
}

/** Throws {@link MediaTooLarge} or {@link MediaRefused} unless a message of `type` takes the file. */
export function assertSendable(type: MediaType, sizeBytes: number, content: MediaContent): void {
  const { maxBytes, mimeTypes } = mediaLimits[type];
  if (sizeBytes > maxBytes) throw new MediaTooLarge(maxBytes);
  if (sizeBytes === 0) throw new MediaRefused('empty');
  if (mimeTypes && !mimeTypes.has(content.mimeType ?? '')) throw new MediaRefused('unsupported-type');
  if (type !== 'document') assertDrawable(content);
  if (type === 'image' && content.image?.isPlainColour !== true) throw new MediaRefused('unsupported-colour');
  if (type === 'sticker') assertSticker(content);
  if (type === 'video') assertPlayable(content);
}
