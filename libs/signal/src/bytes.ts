/** The bytes alone in a buffer of their own, as the library wants them. */
export function toArrayBuffer(bytes: Uint8Array): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.byteLength);
  new Uint8Array(copy).set(bytes);
  return copy;
}

/** The same without a copy where the bytes fill their buffer: for results that nobody else holds. */
export function intoArrayBuffer(bytes: Uint8Array): ArrayBuffer {
  const { buffer } = bytes;
  return buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength ? buffer : toArrayBuffer(bytes);
}

/** Base64 without a copy of the input. */
export function toBase64(bytes: Uint8Array | ArrayBuffer): string {
  const view = bytes instanceof Uint8Array ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : Buffer.from(bytes);
  return view.toString('base64');
}

export function fromBase64(text: string): ArrayBuffer {
  return toArrayBuffer(Buffer.from(text, 'base64'));
}
