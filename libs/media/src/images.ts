import type { ByteSource } from './byte-source.ts';

/** What an image's header says; the image itself is never decoded. */
export interface ImageHeader {
  readonly width: number;
  readonly height: number;
  /** Eight bits a channel, and colours of a kind that every phone shows. */
  readonly isPlainColour: boolean;
  readonly isAnimated: boolean;
}

const headBytes = 32;
const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const pngColours = new Set([2, 6]); // RGB, RGBA
const jpegColours = new Set([1, 3]); // grey, YCbCr
const maxJpegSegments = 1000;

const hasPixels = (header: ImageHeader): ImageHeader | undefined => (header.width > 0 && header.height > 0 ? header : undefined);

export async function readPng(source: ByteSource): Promise<ImageHeader | undefined> {
  const head = await source.read(0, headBytes);
  if (head.length < headBytes || !head.subarray(0, 8).equals(pngSignature) || head.toString('latin1', 12, 16) !== 'IHDR') return undefined;
  const isPlainColour = head[24] === 8 && pngColours.has(head[25] ?? 0);
  return hasPixels({ width: head.readUInt32BE(16), height: head.readUInt32BE(20), isPlainColour, isAnimated: false });
}

/** SOF0 to SOF15, without the three markers among them that are none (ITU T.81, table B.1). */
const isStartOfFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

function frameOf(segment: Buffer): ImageHeader | undefined {
  if (segment.length < 10) return undefined;
  const isPlainColour = segment[4] === 8 && jpegColours.has(segment[9] ?? 0);
  return hasPixels({ height: segment.readUInt16BE(5), width: segment.readUInt16BE(7), isPlainColour, isAnimated: false });
}

export async function readJpeg(source: ByteSource): Promise<ImageHeader | undefined> {
  const head = await source.read(0, 3);
  if (head.length < 3 || head.readUIntBE(0, 3) !== 0xffd8ff) return undefined;
  let position = 2;
  for (let left = maxJpegSegments; left > 0; left -= 1) {
    // Marker (2 bytes), length (2), and of a frame: precision (1), height (2), width (2), components (1).
    const segment = await source.read(position, 10);
    if (segment.length < 4 || segment[0] !== 0xff) return undefined;
    const marker = segment[1] ?? 0;
    if (marker === 0xff) {
      position += 1;
      continue;
    }
    if (isStartOfFrame(marker)) return frameOf(segment);
    if (marker === 0xda || marker === 0xd9) return undefined;
    position += 2 + segment.readUInt16BE(2);
  }
  return undefined;
}

export async function readGif(source: ByteSource): Promise<ImageHeader | undefined> {
  const head = await source.read(0, 10);
  if (head.length < 10 || !/^GIF8[79]a$/.test(head.toString('latin1', 0, 6))) return undefined;
  return hasPixels({ width: head.readUInt16LE(6), height: head.readUInt16LE(8), isPlainColour: false, isAnimated: true });
}

const webpSizes: Readonly<Record<string, (head: Buffer) => { width: number; height: number } | undefined>> = {
  'VP8 ': (head) =>
    head.readUIntBE(23, 3) === 0x9d012a ? { width: head.readUInt16LE(26) & 0x3fff, height: head.readUInt16LE(28) & 0x3fff } : undefined,
  VP8L: (head) => {
    const bits = head.readUInt32LE(21);
    return head[20] === 0x2f ? { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 } : undefined;
  },
  VP8X: (head) => ({ width: head.readUIntLE(24, 3) + 1, height: head.readUIntLE(27, 3) + 1 }),
};

/** RFC 9649. */
export async function readWebp(source: ByteSource): Promise<ImageHeader | undefined> {
  const head = await source.read(0, headBytes);
  if (head.length < headBytes || head.toString('latin1', 0, 4) !== 'RIFF' || head.toString('latin1', 8, 12) !== 'WEBP') return undefined;
  const form = head.toString('latin1', 12, 16);
  const size = webpSizes[form]?.(head);
  const isAnimated = form === 'VP8X' && ((head[20] ?? 0) & 0x02) !== 0;
  return size && hasPixels({ ...size, isPlainColour: true, isAnimated });
}
