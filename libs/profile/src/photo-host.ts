import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { findUploadService, type MediaHttp, requestSlot, UploadFailed } from '@multiconnect/media';
import type { Photo } from '@multiconnect/message-store';
import type { Requester } from '@multiconnect/xmpp';

/** Puts a photo where everybody can fetch it and answers its URL. Throws UploadRefused, UploadFailed, FetchFailed, the stream's errors. */
export type PhotoHost = (requester: Requester, photo: Photo) => Promise<string>;

/** At the chat network's upload service (XEP-0363), which keeps it for 14 days. */
export function createPhotoHost({ domain, http }: { readonly domain: string; readonly http: Pick<MediaHttp, 'put'> }): PhotoHost {
  return async (requester, { mimeType, content }) => {
    const service = await findUploadService(requester, domain);
    if (service === undefined) throw new UploadFailed('no-upload-service');
    const filename = `${randomUUID()}.${mimeType === 'image/png' ? 'png' : 'jpg'}`;
    const slot = await requestSlot(requester, service, { filename, sizeBytes: content.length });
    const headers = { ...slot.headers, 'content-type': 'application/octet-stream' };
    await http.put(slot.putUrl, { headers, sizeBytes: content.length, body: Readable.from([content]) });
    return slot.getUrl;
  };
}
