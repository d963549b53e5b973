import type { ByteSource } from './byte-source.ts';
import { type ImageHeader, readGif, readJpeg, readPng, readWebp } from './images.ts';
import { readTracks, type Track } from './mp4.ts';

/** What a file is by its bytes, whatever it is said to be. */
export interface MediaContent {
  /** Undefined for what is not recognised. */
  readonly mimeType?: string;
  readonly image?: ImageHeader;
  readonly tracks?: readonly Track[];
  /** The beginning reads as text. */
  readonly isText: boolean;
}

type Recognised = Omit<MediaContent, 'isText'>;
type Recogniser = (source: ByteSource, head: Buffer) => Promise<Recognised | undefined>;

export const opusInOgg = 'audio/ogg; codecs=opus';
export const zipContainer = 'application/zip';
export const oleContainer = 'application/x-ole-storage';

const headBytes = 4096;
const maxAudioSearchBytes = 4096;

const image =
  (mimeType: string, readHeader: (source: ByteSource) => Promise<ImageHeader | undefined>): Recogniser =>
  async (source) => {
    const header = await readHeader(source);
    return header && { mimeType, image: header };
  };

const startsWith =
  (mimeType: string, ...signatures: readonly (string | readonly number[])[]): Recogniser =>
  (_source, head) => {
    const found = signatures.some((signature) => {
      const bytes = typeof signature === 'string' ? Buffer.from(signature, 'latin1') : Buffer.from(signature);
      return head.subarray(0, bytes.length).equals(bytes);
    });
    return Promise.resolve(found ? { mimeType } : undefined);
  };

/** A file made of tracks is what its tracks are; one without any is nothing. */
const isoMedia: Recogniser = async (source, head) => {
  if (head.toString('latin1', 4, 8) !== 'ftyp') return undefined;
  const brand = head.toString('latin1', 8, 12);
  if (/^(?:heic|heix|heim|heis|mif1|msf1|avif|avis)$/.test(brand)) return { mimeType: 'image/heif' };
  const tracks = await readTracks(source);
  const kind = tracks.some((track) => track.kind === 'video') ? 'video' : 'audio';
  if (tracks.length === 0) return undefined;
  if (brand === 'qt  ') return { mimeType: 'video/quicktime', tracks };
  return { mimeType: `${kind}/${brand.startsWith('3g') ? '3gpp' : 'mp4'}`, tracks };
};

const ogg: Recogniser = (_source, head) => {
  if (head.toString('latin1', 0, 4) !== 'OggS') return Promise.resolve(undefined);
  const packet = head.subarray(27 + (head[26] ?? 0)).toString('latin1', 0, 8);
  if (packet === 'OpusHead') return Promise.resolve({ mimeType: opusInOgg });
  return Promise.resolve({ mimeType: packet.slice(1, 7) === 'theora' ? 'video/ogg' : 'audio/ogg' });
};

const frameTypeOf = (first: number, second: number, third: number): string | undefined => {
  if (first !== 0xff) return undefined;
  if ((second & 0xf6) === 0xf0) return 'audio/aac'; // ADTS
  const isLayer3 = (second & 0xe6) === 0xe2 && (second & 0x18) !== 0x08;
  return isLayer3 && third >> 4 !== 0 && third >> 4 !== 15 && (third & 0x0c) !== 0x0c ? 'audio/mpeg' : undefined;
};

/** The size of an ID3v2 tag with its header, 0 without one (id3.org, ID3v2.4 section 3.1). */
const tagBytesOf = (head: Buffer): number => {
  if (head.length < 10 || head.toString('latin1', 0, 3) !== 'ID3') return 0;
  const size = [6, 7, 8, 9].reduce((sum, at) => sum * 128 + ((head[at] ?? 0) & 0x7f), 0);
  return 10 + size + (((head[5] ?? 0) & 0x10) === 0 ? 0 : 10);
};

/** Frames at once or, behind a tag, after some padding. */
const audioFrames: Recogniser = async (source, head) => {
  const tagBytes = tagBytesOf(head);
  const start = tagBytes === 0 ? head : await source.read(tagBytes, maxAudioSearchBytes);
  const lastAt = tagBytes === 0 ? 0 : start.length - 3;
  for (let at = 0; at <= lastAt; at += 1) {
    const mimeType = frameTypeOf(start[at] ?? 0, start[at + 1] ?? 0, start[at + 2] ?? 0);
    if (mimeType !== undefined) return { mimeType };
  }
  return undefined;
};

const pdf: Recogniser = (_source, head) => Promise.resolve(head.subarray(0, 1024).includes('%PDF-') ? { mimeType: 'application/pdf' } : undefined);

const recognisers: readonly Recogniser[] = [
  image('image/png', readPng),
  image('image/jpeg', readJpeg),
  image('image/webp', readWebp),
  image('image/gif', readGif),
  isoMedia,
  ogg,
  startsWith('audio/amr', '#!AMR\n', '#!AMR-WB\n'),
  audioFrames,
  startsWith(zipContainer, 'PK\u0003\u0004', 'PK\u0005\u0006'),
  startsWith(oleContainer, [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]),
  pdf,
];

const isUtf16 = (head: Buffer) => head.length >= 2 && [0xfffe, 0xfeff].includes(head.readUInt16BE(0));

/** Control characters that no text has. */
const isControl = (byte: number) => byte < 0x09 || (byte > 0x0d && byte < 0x20 && byte !== 0x1b);

/** Reads a few kilobytes here and there, whatever the size of the file. */
export async function inspectContent(source: ByteSource): Promise<MediaContent> {
  const head = await source.read(0, headBytes);
  const isText = isUtf16(head) || !head.some(isControl);
  for (const recognise of recognisers) {
    const recognised = await recognise(source, head);
    if (recognised) return { ...recognised, isText };
  }
  return { isText };
}
