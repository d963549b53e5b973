import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inspectContent } from './content.ts';
import { MediaRefused, MediaTooLarge } from './errors.ts';
import { assertSendable, honestType, type MediaType, typeOf } from './media-types.ts';
import * as sample from './testing/samples.ts';

const inspect = (content: Uint8Array) => inspectContent(sample.sourceOf(content));

const reasonOf = async (work: () => unknown) => {
  try {
    await Promise.resolve(work());
    return 'taken';
  } catch (error) {
    if (error instanceof MediaRefused) return error.reason;
    if (error instanceof MediaTooLarge) return 'too-large';
    throw error;
  }
};

const honest: readonly (readonly [string, Uint8Array, string])[] = [
  ['image/jpeg', sample.jpeg(), 'image/jpeg'],
  ['image/jpg', sample.jpeg(), 'image/jpeg'],
  ['IMAGE/JPEG', sample.jpeg(8, 8, 3, Buffer.alloc(60_000)), 'image/jpeg'],
  ['image/png', sample.png(), 'image/png'],
  ['image/webp', sample.webp(), 'image/webp'],
  ['image/gif', sample.gif(), 'image/gif'],
  ['audio/aac', sample.aac(), 'audio/aac'],
  ['audio/mp4', sample.mp4({ brand: 'M4A ', video: [] }), 'audio/mp4'],
  ['audio/mp4', sample.mp4({ video: [] }), 'audio/mp4'],
  ['audio/amr', sample.amr(), 'audio/amr'],
  ['audio/mpeg', sample.mp3(), 'audio/mpeg'],
  ['audio/mpeg', sample.taggedMp3(), 'audio/mpeg'],
  ['audio/mp3', sample.taggedMp3(0), 'audio/mpeg'],
  ['audio/ogg; codecs=opus', sample.ogg(), 'audio/ogg; codecs=opus'],
  ['audio/ogg;codecs="opus"', sample.ogg(), 'audio/ogg; codecs=opus'],
  ['audio/ogg', sample.ogg(), 'audio/ogg; codecs=opus'],
  ['audio/ogg', sample.ogg('\u0001vorbis'), 'audio/ogg'],
  ['video/mp4', sample.mp4(), 'video/mp4'],
  ['video/3gpp', sample.mp4({ brand: '3gp5' }), 'video/3gpp'],
  ['application/pdf', sample.pdf(), 'application/pdf'],
  ['application/msword', sample.doc(), 'application/msword'],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', sample.docx(), 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  ['text/plain; charset=utf-8', Buffer.from('Grüße\n'), 'text/plain; charset=utf-8'],
  ['text/html', sample.html(), 'text/html'],
  ['application/vnd.android.package-archive', sample.docx(), 'application/vnd.android.package-archive'],
  ['application/octet-stream', sample.jpeg(), 'application/octet-stream'],
  ['application/x-of-our-own', sample.elf(), 'application/x-of-our-own'],
];

const lies: readonly (readonly [string, Uint8Array])[] = [
  ['image/jpeg', sample.png()],
  ['image/jpeg', sample.html()],
  ['image/jpeg', Buffer.from([0xff, 0xd8, 0xff])],
  ['image/jpeg', Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), sample.html()])],
  ['image/png', sample.jpeg()],
  ['image/png', sample.png().subarray(0, 20)],
  ['image/png', sample.png(0, 5)],
  ['image/webp', sample.gif()],
  ['audio/aac', sample.mp3()],
  ['audio/mpeg', sample.aac()],
  ['audio/mpeg', Buffer.concat([sample.taggedMp3().subarray(0, 140), sample.html()])],
  ['audio/mpeg', Buffer.concat([Buffer.from('ID3\u0004\u0000\u0000\u007f\u007f\u007f\u007f', 'latin1'), sample.html()])],
  ['audio/amr', Buffer.from('#!AMRish')],
  ['audio/ogg; codecs=opus', sample.ogg('\u0001vorbis')],
  ['audio/ogg', sample.mp3()],
  ['audio/mp4', sample.mp4()],
  ['video/mp4', sample.mp4({ video: [] })],
  ['video/mp4', sample.mp4({ video: [], audio: [] })],
  ['video/mp4', Buffer.concat([sample.mp4().subarray(0, 20), sample.html()])],
  ['video/3gpp', sample.mp4()],
  ['application/pdf', sample.html()],
  ['application/pdf', sample.docx()],
  ['application/msword', sample.docx()],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', sample.elf()],
  ['text/plain', sample.elf()],
  ['text/plain', sample.pdf()],
  ['text/plain', sample.jpeg()],
  ['application/x-of-our-own', sample.png()],
];

describe('a declared type', () => {
  it.each(honest)('%s is believed when the bytes are that (%#)', async (declared, content, kept) => {
    expect(honestType(declared, await inspect(content))).toBe(kept);
  });

  it.each(lies)('%s is refused when the bytes are something else (%#)', async (declared, content) => {
    const inspected = await inspect(content);
    expect(await reasonOf(() => honestType(declared, inspected))).toBe('content-mismatch');
    expect(typeOf(inspected, declared)).not.toBe(declared);
  });

  it.each(['', 'image', 'image/', '/jpeg', 'image/jpeg\r\nX: y', 'image/jpeg; charset', `image/${'x'.repeat(300)}`, 'a b/c'])(
    '%j is none',
    async (declared) => {
      const inspected = await inspect(sample.jpeg());
      expect(await reasonOf(() => honestType(declared, inspected))).toBe('bad-content-type');
      expect(typeOf(inspected, declared)).toBe('image/jpeg');
    },
  );

  it('is refused for an image that says it has thousands of millions of pixels', async () => {
    for (const [type, content] of [['image/png', sample.png(100_000, 100_000)], ['image/jpeg', sample.jpeg(65_535, 65_535)], ['image/webp', sample.webp(16_000, 16_000)]] as const) {
      const inspected = await inspect(content);
      expect(await reasonOf(() => honestType(type, inspected))).toBe('too-many-pixels');
    }
  });
});

describe('a message type', () => {
  const big = (mebibytes: number) => mebibytes * 1_048_576;
  it.each<readonly [MediaType, Uint8Array, number | undefined, string]>([
    ['image', sample.jpeg(), big(5), 'taken'],
    ['image', sample.png(), undefined, 'taken'],
    ['image', sample.jpeg(), big(5) + 1, 'too-large'],
    ['image', sample.gif(), undefined, 'unsupported-type'],
    ['image', sample.webp(), undefined, 'unsupported-type'],
    ['image', sample.html(), undefined, 'unsupported-type'],
    ['image', sample.png(8, 8, 16), undefined, 'unsupported-colour'],
    ['image', sample.png(8, 8, 8, 3), undefined, 'unsupported-colour'],
    ['image', sample.jpeg(8, 8, 4), undefined, 'unsupported-colour'],
    ['image', sample.jpeg(50_000, 50_000), undefined, 'too-many-pixels'],
    ['audio', sample.aac(), big(16), 'taken'],
    ['audio', sample.amr(), undefined, 'taken'],
    ['audio', sample.taggedMp3(), undefined, 'taken'],
    ['audio', sample.mp4({ video: [] }), undefined, 'taken'],
    ['audio', sample.ogg(), undefined, 'taken'],
    ['audio', sample.ogg('\u0001vorbis'), undefined, 'unsupported-type'],
    ['audio', sample.mp3(), big(16) + 1, 'too-large'],
    ['video', sample.mp4(), big(16), 'taken'],
    ['video', sample.mp4({ brand: '3gp4', audio: [] }), undefined, 'taken'],
    ['video', sample.mp4({ video: ['hvc1'] }), undefined, 'unsupported-codec'],
    ['video', sample.mp4({ audio: ['Opus'] }), undefined, 'unsupported-codec'],
    ['video', sample.mp4({ audio: ['mp4a', 'mp4a'] }), undefined, 'unsupported-codec'],
    ['video', sample.mp4({ video: [] }), undefined, 'unsupported-type'],
    ['sticker', sample.webp(), 102_400, 'taken'],
    ['sticker', sample.webpLossy(), undefined, 'taken'],
    ['sticker', sample.webpLossless(), undefined, 'taken'],
    ['sticker', sample.webp(), 102_401, 'too-large'],
    ['sticker', sample.webp(512, 511), undefined, 'bad-sticker'],
    ['sticker', sample.webpLossless(512, 500), undefined, 'bad-sticker'],
    ['sticker', sample.webp(512, 512, true), undefined, 'bad-sticker'],
    ['sticker', sample.png(512, 512), undefined, 'unsupported-type'],
    ['document', sample.elf(), big(100), 'taken'],
    ['document', sample.elf(), big(100) + 1, 'too-large'],
    ['document', Buffer.alloc(0), undefined, 'empty'],
  ])('%s: what it takes and what not (%#) [send.document.limit]', async (type, content, sizeBytes, expected) => {
    const inspected = await inspect(content);
    expect(await reasonOf(() => assertSendable(type, sizeBytes ?? content.length, inspected))).toBe(expected);
  });
});

describe('inspecting', () => {
  const formats = [sample.png, sample.jpeg, sample.gif, sample.webp, sample.mp4, sample.aac, sample.taggedMp3, sample.ogg, sample.pdf, sample.docx];

  it('survives any bytes, and any file cut off or changed anywhere', async () => {
    const damaged = fc.tuple(fc.constantFrom(...formats), fc.nat(), fc.nat(), fc.integer({ min: 0, max: 255 })).map(([make, cut, at, value]) => {
      const content: Uint8Array = make();
      content[at % content.length] = value;
      return content.subarray(0, cut % (content.length + 1));
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 300 }), damaged), async (content) => {
        const inspected = await inspect(content);
        expect(typeOf(inspected)).toContain('/');
      }),
      { numRuns: 2000 },
    );
  });

  it('reads little of a file made to be slow', async () => {
    const boxes = Buffer.alloc(8 * 200_000);
    for (let at = 0; at < boxes.length; at += 8) boxes.writeUInt32BE(8, at);
    const slow = Buffer.concat([sample.mp4().subarray(0, 20), boxes]);
    let reads = 0;
    const source = sample.sourceOf(slow);
    await inspectContent({ ...source, read: (position, length) => ((reads += 1), source.read(position, length)) });
    expect(reads).toBeLessThan(5000);
  });
});
