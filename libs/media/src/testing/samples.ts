import type { ByteSource } from '../byte-source.ts';

/** Files of every kind, as small as they can be and still be of that kind. */
const u16 = (value: number) => [value >> 8, value & 0xff];
const u32 = (value: number) => [...u16(Math.floor(value / 65_536)), ...u16(value & 0xffff)];
const bytes = (...parts: readonly (string | readonly number[] | Uint8Array)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))));

export const png = (width = 8, height = 8, depth = 8, colour = 6) =>
  bytes([0x89], 'PNG\r\n\u001a\n', u32(13), 'IHDR', u32(width), u32(height), [depth, colour, 0, 0, 0], u32(0), 'rest');

export const jpeg = (width = 8, height = 8, components = 3, metadata: string | Uint8Array = 'Exif') =>
  bytes([0xff, 0xd8, 0xff, 0xe1], u16(2 + metadata.length), metadata, [0xff, 0xff, 0xc0], u16(17), [8], u16(height), u16(width), [components, 1, 2, 3]);

export const gif = (width = 8, height = 8) => bytes('GIF89a', [width & 0xff, width >> 8, height & 0xff, height >> 8], 'rest');

const u24le = (value: number) => [value & 0xff, (value >> 8) & 0xff, value >> 16];
export const webp = (width = 512, height = 512, isAnimated = false) =>
  bytes('RIFF', u32(0), 'WEBPVP8X', [10, 0, 0, 0], [isAnimated ? 0x02 : 0, 0, 0, 0], u24le(width - 1), u24le(height - 1), 'rest');
export const webpLossy = (width = 512, height = 512) =>
  bytes('RIFF', u32(0), 'WEBPVP8 ', u32(0), [0, 0, 0, 0x9d, 0x01, 0x2a, width & 0xff, width >> 8, height & 0xff, height >> 8], 'rest');
export const webpLossless = (width = 512, height = 512) => {
  const bits = (width - 1) | ((height - 1) << 14);
  return bytes('RIFF', u32(0), 'WEBPVP8L', u32(0), [0x2f, bits & 0xff, (bits >> 8) & 0xff, (bits >> 16) & 0xff, bits >>> 24], 'the rest of it');
};

const box = (type: string, ...content: readonly (string | readonly number[] | Uint8Array)[]) => {
  const inside = bytes(...content);
  return bytes(u32(inside.length + 8), type, inside);
};
const track = (handler: string, codec: string) =>
  box(
    'trak',
    box('tkhd', u32(0)),
    box('mdia', box('hdlr', u32(0), u32(0), handler, u32(0)), box('minf', box('stbl', box('stsd', u32(0), u32(1), u32(16), codec, u32(0), u32(0))))),
  );
export interface Tracks {
  readonly brand?: string;
  readonly video?: readonly string[];
  readonly audio?: readonly string[];
}
/** The description stands behind the data, as cameras write it. */
export const mp4 = ({ brand = 'isom', video = ['avc1'], audio = ['mp4a'] }: Tracks = {}) =>
  bytes(
    box('ftyp', brand, u32(0), 'isom'),
    box('mdat', Buffer.alloc(10_000, 7)),
    box('moov', box('mvhd', u32(0)), ...video.map((codec) => track('vide', codec)), ...audio.map((codec) => track('soun', codec))),
  );

export const aac = () => bytes([0xff, 0xf1, 0x50, 0x80, 0, 0x1f, 0xfc], 'rest');
export const mp3 = () => bytes([0xff, 0xfb, 0x90, 0x64], 'rest');
export const taggedMp3 = (padding = 3) => bytes('ID3', [4, 0, 0, 0, 0, 1, 2], Buffer.alloc(130), Buffer.alloc(padding), mp3());
export const amr = () => bytes('#!AMR\n', [0x3c], 'rest');
export const ogg = (packet = 'OpusHead') => bytes('OggS', [0, 2], Buffer.alloc(20), [1, packet.length], packet);
export const pdf = () => bytes('%PDF-1.7\n%', [0xe2, 0xe3, 0xcf, 0xd3], '\nrest');
export const docx = () => bytes('PK\u0003\u0004', [20, 0, 0, 0], '[Content_Types].xml');
export const doc = () => bytes([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], Buffer.alloc(500));
export const html = () => bytes('<!doctype html><script>alert(1)</script>');
export const elf = () => bytes([0x7f], 'ELF', [2, 1, 1, 0], Buffer.alloc(8), 'rest');

export const sourceOf = (content: Uint8Array): ByteSource => ({
  sizeBytes: content.length,
  read: (position, length) => Promise.resolve(Buffer.from(content.subarray(position, position + length))),
});

/** In pieces of a size that no format has. */
export async function* streamOf(content: Uint8Array, pieceBytes = 1009): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += pieceBytes) yield await Promise.resolve(content.subarray(at, at + pieceBytes));
}
