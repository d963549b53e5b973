import type { ReceivedFileType } from '@multiconnect/contract';
import { mimeTypeOfName, readAesgcmUrl } from '@multiconnect/media';

/** A text of a client that knows nothing of ours, as what it stands for. */
export type PlainMeaning =
  | { readonly kind: 'text' }
  | { readonly kind: 'location'; readonly latitude: number; readonly longitude: number }
  | { readonly kind: 'file'; readonly type: ReceivedFileType; readonly url: string; readonly mimeType: string; readonly filename?: string; readonly caption?: string };

/** RFC 5870, in degrees; the altitude and what follows it are passed over. */
const geoUri = /^geo:(-?[0-9]{1,3}(?:\.[0-9]{1,20})?),(-?[0-9]{1,3}(?:\.[0-9]{1,20})?)(?:,-?[0-9.]{1,20})?(?:[;?]\S*)?$/i;
/** XEP-0454: what follows on further lines is about the file, or a small picture of it that older clients add. */
const aesgcmText = /^(aesgcm:\/\/\S+)(?:\r?\n(?:data:\S*|(.*)))?$/is;
const webText = /^https?:\/\/\S+$/i;
const maxUrlLength = 4096;
const maxNameLength = 255;
const unknownType = 'application/octet-stream';

/** Under which type a file of these bytes is a message of its own. */
export function fileTypeOf(mimeType: string): ReceivedFileType {
  const kind = mimeType.split('/', 1)[0];
  return kind === 'image' || kind === 'video' || kind === 'audio' ? kind : 'document';
}

function nameIn(url: string): string | undefined {
  const last = new URL(url.replace(/^aesgcm:/i, 'https:')).pathname.split('/').at(-1) ?? '';
  try {
    const name = decodeURIComponent(last).slice(0, maxNameLength);
    return name === '' || !name.isWellFormed() || name.includes('\0') ? undefined : name;
  } catch {
    return undefined; // not percent-encoded: no name that anybody chose
  }
}

function fileAt(url: string): Extract<PlainMeaning, { kind: 'file' }> {
  const filename = nameIn(url);
  const mimeType = mimeTypeOfName(filename ?? '') ?? unknownType;
  return { kind: 'file', type: fileTypeOf(mimeType), url, mimeType, ...(filename === undefined ? {} : { filename }) };
}

function location(text: string): PlainMeaning | undefined {
  const [, latitude, longitude] = geoUri.exec(text) ?? [];
  if (latitude === undefined || longitude === undefined) return undefined;
  const place = { latitude: Number(latitude), longitude: Number(longitude) };
  return Math.abs(place.latitude) > 90 || Math.abs(place.longitude) > 180 ? undefined : { kind: 'location', ...place };
}

/**
 * What a text stands for: one that is nothing but an address of an encrypted file (XEP-0454), of a file at the chat network's upload
 * service, or of a place (RFC 5870). The type of a file is by its name; its bytes may tell better.
 */
export function meaningOfText(text: string, isUpload: (url: string) => boolean): PlainMeaning {
  const said = text.trim();
  const [, encrypted, caption] = aesgcmText.exec(said) ?? [];
  const isFile = encrypted !== undefined && encrypted.length <= maxUrlLength && readAesgcmUrl(encrypted) !== undefined;
  if (isFile) return { ...fileAt(encrypted), ...(caption !== undefined && { caption }) };
  if (webText.test(said) && said.length <= maxUrlLength && URL.canParse(said) && isUpload(said)) return fileAt(said);
  return location(said) ?? { kind: 'text' };
}

/** Whether a URL leads to the upload service of a chat network: at its domain or below, or where the operator says. */
export function uploadsOf(domain: string, trustedOrigins: ReadonlySet<string>): (url: string) => boolean {
  return (text) => {
    const url = new URL(text);
    if (trustedOrigins.has(url.origin)) return true;
    return url.protocol === 'https:' && (url.hostname === domain || url.hostname.endsWith(`.${domain}`));
  };
}
