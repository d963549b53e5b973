import { createHash } from 'node:crypto';
import type { Photo } from '@multiconnect/message-store';
import { fetchItem, publishItem, type Requester, xml } from '@multiconnect/xmpp';

/** XEP-0084. */
const dataNamespace = 'urn:xmpp:avatar:data';
const metadataNamespace = 'urn:xmpp:avatar:metadata';
/** What stands on the metadata node of somebody who has taken the avatar away. */
const noAvatar = 'none';

/** Shows the photo as the account's avatar, or none. The data before what names it: who sees the avatar finds its bytes. */
export async function publishAvatar(requester: Requester, photo: Photo | undefined): Promise<void> {
  if (photo === undefined) {
    await publishItem(requester, metadataNamespace, noAvatar, xml('metadata', { xmlns: metadataNamespace }));
    return;
  }
  const content = Buffer.from(photo.content);
  const id = createHash('sha1').update(content).digest('hex');
  await publishItem(requester, dataNamespace, id, xml('data', { xmlns: dataNamespace }, content.toString('base64')));
  const info = xml('info', { id, type: photo.mimeType, bytes: content.length });
  await publishItem(requester, metadataNamespace, id, xml('metadata', { xmlns: metadataNamespace }, info));
}

/** Somebody's avatar; undefined when there is none. Rejects with the stream's errors. */
export async function fetchAvatar(requester: Requester, jid: string): Promise<Photo | undefined> {
  const metadata = (await fetchItem(requester, jid, metadataNamespace))?.getChild('metadata', metadataNamespace);
  const { id, type } = (metadata?.getChild('info')?.attrs ?? {}) as { readonly id?: string; readonly type?: string };
  if (id === undefined || type === undefined) return undefined;
  const data = (await fetchItem(requester, jid, dataNamespace, id))?.getChild('data', dataNamespace);
  return data && { mimeType: type, content: Buffer.from(data.getText(), 'base64') };
}
