import { createHash } from 'node:crypto';
import { systemClock } from '@multiconnect/clock';
import type { SentFile } from '@multiconnect/contract';
import { createMediaHttp, decrypt, LinkRefused, maxMediaBytes, MediaDamaged, type MediaHttp, readAesgcmUrl, tagBytes } from '@multiconnect/media';

/** The files of messages, at the chat network's upload service or on the web. */
export interface PhoneFiles {
  /** Fetched, decrypted, and checked. Rejects with LinkRefused, FetchFailed, MediaTooLarge, MediaDamaged. */
  download(file: SentFile): Promise<Buffer>;
  close(): Promise<void>;
}

/** @param trustedOrigins over plain HTTP too, and wherever they are: upload services on this machine */
export function createPhoneFiles(trustedOrigins: readonly string[]): PhoneFiles {
  // Most phones of a fleet fetch nothing.
  let http: MediaHttp | undefined;
  const network = () => (http ??= createMediaHttp({ clock: systemClock, trustedOrigins }));

  const bytesOf = async (source: AsyncIterable<Uint8Array>) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of source) chunks.push(chunk);
    return Buffer.concat(chunks);
  };

  return {
    async download({ url, sha256 }) {
      const encrypted = readAesgcmUrl(url, network().trustedOrigins);
      if (encrypted === undefined && !/^https?:/i.test(url)) throw new LinkRefused('bad-url');
      const content = await network().get(encrypted?.url ?? url, { maxBytes: maxMediaBytes + tagBytes }, ({ body }) =>
        bytesOf(encrypted === undefined ? body : decrypt(body, encrypted.key)),
      );
      if (sha256 !== undefined && createHash('sha256').update(content).digest('hex') !== sha256) throw new MediaDamaged();
      return content;
    },
    async close() {
      await http?.close();
    },
  };
}
