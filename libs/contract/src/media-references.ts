import { z } from 'zod';
import { freeText, shortText } from './text.ts';

/** Files as messages name them: what a back end posts, and what a phone is sent in its place. */

/** As documented for captions of other media; longer text belongs into a message of its own. */
const maxCaption = 3000;
const maxLink = 2048;
const maxUrl = 4096;
const maxFilename = 255;

const source = {
  /** Of an uploaded file. */
  id: shortText(128).optional(),
  link: z.url({ protocol: /^https?$/ }).max(maxLink).optional(),
  /** Whose authorization the link is fetched with. */
  provider: z.strictObject({ name: shortText(128) }).optional(),
};
const caption = freeText.max(maxCaption).optional();
const filename = shortText(maxFilename).optional();

interface Source {
  readonly id?: string | undefined;
  readonly link?: string | undefined;
  readonly provider?: object | undefined;
}
const hasOneSource = (value: Source) =>
  (value.id === undefined) !== (value.link === undefined) && (value.provider === undefined || value.link !== undefined);

/** `audio`, `sticker`, and media headers. */
export const mediaReference = z.strictObject(source).refine(hasOneSource);
/** `image`, `video`. */
export const captionedReference = z.strictObject({ ...source, caption }).refine(hasOneSource);
/** `document` in a header. */
export const documentReference = z.strictObject({ ...source, filename }).refine(hasOneSource);
/** `document`. */
export const captionedDocumentReference = z.strictObject({ ...source, caption, filename }).refine(hasOneSource);
export type MediaReference = z.output<typeof captionedDocumentReference>;

const file = {
  /** Where it is fetched: `aesgcm://` (XEP-0454) with its key, or `https://`. */
  url: z.string().regex(/^(aesgcm|https?):\/\/\S+$/).max(maxUrl),
  mime_type: shortText(255),
  /** Of the plain file, in hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/).optional(),
  file_size: z.int().min(0).optional(),
  filename,
};

/** A file on its way to or from a phone. */
export const sentFile = z.strictObject(file);
export type SentFile = z.output<typeof sentFile>;
export const captionedFile = z.strictObject({ ...file, caption });
export type CaptionedFile = z.output<typeof captionedFile>;
