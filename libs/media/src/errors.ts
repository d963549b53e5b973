/** More bytes than are allowed; nothing was kept. */
export class MediaTooLarge extends Error {
  override readonly name = 'MediaTooLarge';
  constructor(readonly limitBytes: number) {
    super(`the file is larger than ${limitBytes} bytes`);
  }
}

export type RefusalReason =
  | 'empty'
  | 'bad-content-type'
  | 'content-mismatch'
  | 'too-many-pixels'
  | 'unsupported-type'
  | 'unsupported-colour'
  | 'unsupported-codec'
  | 'bad-sticker';

/** The file is not what it is said to be, or not what the message type takes. The same file will not do later either. */
export class MediaRefused extends Error {
  override readonly name = 'MediaRefused';
  constructor(readonly reason: RefusalReason) {
    super(`the file is refused: ${reason}`);
  }
}

/** The media volume has no room. */
export class VolumeFull extends Error {
  override readonly name = 'VolumeFull';
  constructor() {
    super('not enough free space on the media volume');
  }
}

/** The media volume cannot be written: missing, read-only, or another user's. */
export class VolumeNotWritable extends Error {
  override readonly name = 'VolumeNotWritable';
  constructor(readonly code: string) {
    super(`the media volume cannot be written (${code})`);
  }
}

/** The id is in use. */
export class MediaExists extends Error {
  override readonly name = 'MediaExists';
  constructor() {
    super('there is a file with this id');
  }
}

/** Who sends the file went away before its end, or sent another length than announced. */
export class SourceEnded extends Error {
  override readonly name = 'SourceEnded';
  constructor(options?: ErrorOptions) {
    super('the file ended before its end', options);
  }
}

/** A link that is never followed: no http(s) URL, credentials in it, or an address that is not public. */
export class LinkRefused extends Error {
  override readonly name = 'LinkRefused';
  constructor(readonly reason: 'bad-url' | 'address-not-public') {
    super(`the link is refused: ${reason}`);
  }
}

/** A link that gave no file this time. `reason` is a fixed word (`http-404`, `timeout`, `refused`, `unresolved`, …). */
export class FetchFailed extends Error {
  override readonly name = 'FetchFailed';
  constructor(readonly reason: string) {
    super(`the file could not be fetched: ${reason}`);
  }
}

/** An encrypted file was changed or cut off on its way, or its key is wrong. */
export class MediaDamaged extends Error {
  override readonly name = 'MediaDamaged';
  constructor() {
    super('the encrypted file does not open');
  }
}

/** The chat network's upload service will never take this file. */
export class UploadRefused extends Error {
  override readonly name = 'UploadRefused';
  constructor(readonly reason: string) {
    super(`the upload service refuses the file: ${reason}`);
  }
}

/** The upload did not work this time. */
export class UploadFailed extends Error {
  override readonly name = 'UploadFailed';
  constructor(readonly reason: string, options?: ErrorOptions) {
    super(`the upload failed: ${reason}`, options);
  }
}
