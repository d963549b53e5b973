/** Bytes that can be looked at anywhere without reading all of them. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** Shorter than asked for at the end. */
  read(position: number, length: number): Promise<Buffer>;
}
