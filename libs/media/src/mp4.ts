import type { ByteSource } from './byte-source.ts';

/** A track of an MP4 or 3GP file. */
export interface Track {
  readonly kind: 'video' | 'audio';
  /** The sample entry's four characters: `avc1`, `mp4a`, … */
  readonly codec: string;
}

interface Box {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** Enough for any real file; a file made to be slow ends the search. */
const maxBoxes = 2000;
const headerBytes = 8;
const largeHeaderBytes = 16;

class Walk {
  #left = maxBoxes;
  constructor(private readonly source: ByteSource) {}

  async #boxAt(position: number, end: number): Promise<Box | undefined> {
    const head = await this.source.read(position, largeHeaderBytes);
    if (head.length < headerBytes) return undefined;
    const declared = head.readUInt32BE(0);
    const isLarge = declared === 1 && head.length === largeHeaderBytes;
    const size = isLarge ? Number(head.readBigUInt64BE(headerBytes)) : declared === 0 ? end - position : declared;
    const start = position + (isLarge ? largeHeaderBytes : headerBytes);
    if (position + size < start || position + size > end) return undefined;
    return { type: head.toString('latin1', 4, headerBytes), start, end: position + size };
  }

  async boxesIn(start: number, end: number, type: string): Promise<readonly Box[]> {
    const found: Box[] = [];
    for (let position = start; position + headerBytes <= end && this.#left > 0; this.#left -= 1) {
      const box = await this.#boxAt(position, end);
      if (box === undefined) break;
      if (box.type === type) found.push(box);
      position = box.end;
    }
    return found;
  }

  async firstIn(box: Box | undefined, type: string): Promise<Box | undefined> {
    return box && (await this.boxesIn(box.start, box.end, type))[0];
  }
}

const kinds: Readonly<Record<string, Track['kind']>> = { vide: 'video', soun: 'audio' };

async function trackOf(source: ByteSource, walk: Walk, trak: Box): Promise<Track | undefined> {
  const mdia = await walk.firstIn(trak, 'mdia');
  const hdlr = await walk.firstIn(mdia, 'hdlr');
  const stbl = await walk.firstIn(await walk.firstIn(mdia, 'minf'), 'stbl');
  const stsd = await walk.firstIn(stbl, 'stsd');
  if (hdlr === undefined || stsd === undefined) return undefined;
  // Version and flags (4 bytes), predefined (4), handler; version and flags, count (4), size of the first entry (4), type.
  const kind = kinds[(await source.read(hdlr.start + 8, 4)).toString('latin1')];
  const codec = (await source.read(stsd.start + 12, 4)).toString('latin1');
  return kind && { kind, codec };
}

/** The tracks that play, wherever in the file their description stands (ISO/IEC 14496-12). */
export async function readTracks(source: ByteSource): Promise<readonly Track[]> {
  const walk = new Walk(source);
  const tracks: Track[] = [];
  for (const moov of await walk.boxesIn(0, source.sizeBytes, 'moov')) {
    for (const trak of await walk.boxesIn(moov.start, moov.end, 'trak')) {
      const track = await trackOf(source, walk, trak);
      if (track) tracks.push(track);
    }
  }
  return tracks;
}
