export type MediaDirection = 'incoming' | 'outgoing';

/** A file on the media volume. */
export interface NewMedia {
  /** A UUID. */
  readonly id: string;
  readonly direction: MediaDirection;
  readonly mimeType: string;
  readonly sizeBytes: number;
  /** Of the plain file, in hex. */
  readonly sha256: string;
  readonly filename?: string;
}

/** The encrypted copy of a file at the chat network's upload service (XEP-0363). */
export interface ChatCopy {
  /** Where the copy is fetched; no fragment. */
  readonly url: string;
  /** Nonce and key as they stand in an aesgcm:// URL (XEP-0454), in bytes. Kept sealed. */
  readonly key: Uint8Array;
  readonly uploadedAtMs: number;
}

export interface MediaRecord extends NewMedia {
  readonly createdAtMs: number;
  /** Last time a message used it; of creation at first. */
  readonly usedAtMs: number;
  readonly chatCopy?: ChatCopy;
}

/** What is known of the files on the media volume. Ids are UUIDs; callers check them. */
export interface MediaCatalogue {
  /** False when the id is taken. */
  add(account: number, media: NewMedia): Promise<boolean>;
  find(account: number, id: string): Promise<MediaRecord | undefined>;
  remove(account: number, id: string): Promise<boolean>;
  /** A message uses it now. */
  used(account: number, id: string): Promise<void>;
  /** False when the file has gone meanwhile. */
  uploaded(account: number, id: string, copy: ChatCopy): Promise<boolean>;
}
