import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { systemClock } from '@multiconnect/clock';
import type { CaptionedFile, InboundContent, InboundContext, ReceivedFileType } from '@multiconnect/contract';
import { aesgcmUrl, createMediaHttp, encrypt, extensionOf, findUploadService, type MediaHttp, newFileKey, requestSlot, tagBytes, type UploadService, UploadFailed } from '@multiconnect/media';
import type { Requester } from '@multiconnect/omemo';

/** A file that somebody sends from a phone. */
export interface PhoneFile {
  readonly type: ReceivedFileType;
  /** Its content, or where it is on this machine. */
  readonly file: Uint8Array | string;
  readonly mimeType: string;
  /** Of images, videos and documents. */
  readonly caption?: string;
  readonly filename?: string;
  readonly context?: InboundContext;
  /** Of stickers. */
  readonly animated?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
}

const captioned: ReadonlySet<ReceivedFileType> = new Set(['image', 'video', 'document']);

async function sizeOf(file: Uint8Array | string): Promise<number> {
  return typeof file === 'string' ? (await stat(file)).size : file.length;
}

async function* bytesOf(file: Uint8Array | string): AsyncGenerator<Uint8Array> {
  if (typeof file !== 'string') yield file;
  else yield* createReadStream(file) as AsyncIterable<Uint8Array>;
}

/** The encrypted copies of a phone's files at the chat network's upload service (XEP-0363, XEP-0454). */
export class Uploads {
  readonly #requester: Requester;
  readonly #domain: string;
  #http: MediaHttp | undefined;
  #service: UploadService | undefined;

  constructor(requester: Requester, domain: string) {
    this.#requester = requester;
    this.#domain = domain;
  }

  /** Uploads a file; what a message carries of it. Rejects with UploadFailed, UploadRefused, or the errors of the stream and of the file. */
  async upload({ file, mimeType, filename }: Pick<PhoneFile, 'file' | 'mimeType' | 'filename'>): Promise<CaptionedFile> {
    this.#service ??= await findUploadService(this.#requester, this.#domain);
    if (this.#service === undefined) throw new UploadFailed('no-upload-service');
    const size = await sizeOf(file);
    const slot = await requestSlot(this.#requester, this.#service, { filename: `${randomUUID()}${extensionOf(mimeType)}`, sizeBytes: size + tagBytes });
    const key = newFileKey();
    const hash = createHash('sha256');
    async function* hashed() {
      for await (const chunk of bytesOf(file)) {
        hash.update(chunk);
        yield chunk;
      }
    }
    const headers = { ...slot.headers, 'content-type': 'application/octet-stream' };
    this.#http ??= createMediaHttp({ clock: systemClock });
    await this.#http.put(slot.putUrl, { headers, sizeBytes: size + tagBytes, body: encrypt(hashed(), key) });
    return {
      url: aesgcmUrl(slot.getUrl, key),
      mime_type: mimeType,
      sha256: hash.digest('hex'),
      file_size: size,
      ...(filename === undefined ? {} : { filename }),
    };
  }

  async close(): Promise<void> {
    await this.#http?.close();
  }
}

/** The message that an uploaded file is. */
export function fileMessage({ type, caption, context, animated, metadata }: PhoneFile, uploaded: CaptionedFile): InboundContent {
  const payload = {
    ...uploaded,
    ...(caption !== undefined && captioned.has(type) && { caption }),
    ...(type === 'sticker' && animated !== undefined && { animated }),
    ...(type === 'sticker' && metadata !== undefined && { metadata }),
  };
  return { type, [type]: payload, ...(context !== undefined && { context }) } as unknown as InboundContent;
}
