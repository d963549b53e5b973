import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import type { Element } from '@multiconnect/xmpp';

const contentNamespace = 'urn:multiconnect:content:0';
const algorithm = 'aes-256-gcm';
const keyBytes = 32;
const ivBytes = 12;
const tagBytes = 16;
const maxContentBytes = 262_144;

/** The element is not ours, was changed on the way, or holds no JSON: the plain rendering stands. */
export class UnreadableContent extends Error {
  override readonly name = 'UnreadableContent';
}

// Bound to the message: only who has the message's own key has this one.
function contentKey(messageKey: Uint8Array): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', messageKey, Buffer.alloc(0), contentNamespace, keyBytes)));
}

/**
 * The rich form of a message, as stanza text, to stand beside `<encrypted>`. Legacy OMEMO encrypts only the body's text; this
 * is encrypted under a key derived from the message's OMEMO key (key and tag, 32 bytes). Clients that do not know it show
 * the body.
 */
export function contentElement(messageKey: Uint8Array, content: object): string {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(algorithm, contentKey(messageKey), iv);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(content), 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `<content xmlns='${contentNamespace}' iv='${iv.toString('base64')}'>${sealed.toString('base64')}</content>`;
}

/** The rich form that a message carries; undefined when it carries none. Throws {@link UnreadableContent}. */
export function readContent(message: Element, messageKey: Uint8Array): unknown {
  const element = message.getChild('content', contentNamespace);
  if (element === undefined) return undefined;
  const iv = Buffer.from(String(element.attrs['iv']), 'base64');
  const sealed = Buffer.from(element.getText(), 'base64');
  if (iv.length !== ivBytes || sealed.length < tagBytes || sealed.length > maxContentBytes) throw new UnreadableContent('malformed');
  try {
    const decipher = createDecipheriv(algorithm, contentKey(messageKey), iv, { authTagLength: tagBytes });
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    const text = Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()]).toString('utf8');
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new UnreadableContent('does not verify', { cause: error });
  }
}
