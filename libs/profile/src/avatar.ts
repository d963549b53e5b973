import { createHash } from 'node:crypto';
import type { Photo } from '@multiconnect/message-store';
import { fetchItem, publishItem, type Requester, xml } from '@multiconnect/xmpp';
import type { Picture } from './vcard.ts';

/** XEP-0084. */
const dataNamespace = 'urn:xmpp:avatar:data';
const metadataNamespace = 'urn:xmpp:avatar:metadata';
/** What stands on the metadata node of somebody who has taken the avatar away. */
const noAvatar = 'none';

/** Shows the picture as the account's avatar, or none. The data before what names it: who sees the avatar finds its bytes. */
export async function publishAvatar(requester: Requester, picture: Picture | undefined): Promise<void> {
  if (picture === undefined) {
    await publishItem(requester, metadataNamespace, noAvatar, xml('metadata', { xmlns: metadataNamespace }));
    return;
  }
  const { mimeType, content, url } = picture;
  const id = createHash('sha1').update(content).digest('hex');
  if (url === undefined) {
    const data = xml('data', { xmlns: dataNamespace }, Buffer.from(content).toString('base64'));
    await publishItem(requester, dataNamespace, id, data);
  }
  const info = xml('info', { id, type: mimeType, bytes: content.length, url });
  await publishItem(requester, metadataNamespace, id, xml('metadata', { xmlns: metadataNamespace }, info));
}

/** Somebody's avatar; undefined when there is none, or none that stands in the network itself. Rejects with the stream's errors. */
export async function fetchAvatar(requester: Requester, jid: string): Promise<Photo | undefined> {
  const metadata = (await fetchItem(requester, jid, metadataNamespace))?.getChild('metadata', metadataNamespace);
  const { id, type, url } = (metadata?.getChild('info')?.attrs ?? {}) as { readonly id?: string; readonly type?: string; readonly url?: string };
  if (id === undefined || type === undefined || url !== undefined) return undefined;
  const data = (await fetchItem(requester, jid, dataNamespace, id))?.getChild('data', dataNamespace);
  return data && { mimeType: type, content: Buffer.from(data.getText(), 'base64') };
}
