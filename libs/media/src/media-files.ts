import type { Readable } from 'node:stream';
import type { MediaDirection } from '@multiconnect/message-store';
import type { ByteSource } from './byte-source.ts';

/** Under this the volume counts as full: writes are refused and the operator is told. */
export const criticalFreeBytes = 10_000_000;

/** A file of the volume, open for reading. */
export interface OpenFile extends ByteSource {
  /** The whole file from its start. Closes the file at its end. */
  stream(): Readable;
  close(): Promise<void>;
}

/** A file that is complete and durable but has no name yet: nobody else sees it. */
export interface StagedFile extends ByteSource {
  /** In hex. */
  readonly sha256: string;
  /** Gives it its name, atomically and durably. */
  publish(id: string): Promise<void>;
  /** Without effect on a published one. */
  discard(): Promise<void>;
}

export interface StageOptions {
  readonly maxBytes: number;
  /** Announced size, so that a volume without the room refuses at once. */
  readonly expectedBytes?: number;
}

/**
 * The volume that all processes of a cluster share: `incoming/` and `outgoing/`, one file an id. Ids are lower-case UUIDs;
 * any other name throws RangeError and touches nothing.
 */
export interface MediaFiles {
  /**
   * Writes a file as it comes, in constant memory. Rejects with MediaTooLarge, VolumeFull, VolumeNotWritable, or what the
   * source throws; then nothing is left behind.
   */
  stage(direction: MediaDirection, source: AsyncIterable<Uint8Array>, options: StageOptions): Promise<StagedFile>;
  open(direction: MediaDirection, id: string): Promise<OpenFile | undefined>;
  /** False when there is no such file. */
  remove(direction: MediaDirection, id: string): Promise<boolean>;
  /** What died processes left unpublished, untouched for so long. Answers how many were removed. */
  removeAbandoned(olderThanMs: number): Promise<number>;
  /** For ordinary users of the volume. */
  freeBytes(): Promise<number>;
}
