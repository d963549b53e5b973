import { createHash, randomBytes } from 'node:crypto';

const idBytes = 20;
const outboundPrefix = Buffer.from([0x80, 0x11, 0x86]); // "gBGG" in base64url
const inboundPrefix = Buffer.from([0x00, 0x11, 0x86]); // "ABGG"

/** A fresh id for a message to a customer: `gBGG…`, 27 characters of base64url. */
export function newOutboundId(): string {
  return Buffer.concat([outboundPrefix, randomBytes(idBytes - outboundPrefix.length)]).toString('base64url');
}

/** Whether an id has the form of a message's to a customer. */
export const isOutboundId = (id: string): boolean => /^gBGG[\w-]{23}$/.test(id);

/**
 * The id of a message from a customer: `ABGG…`, a function of who sent it and of its bytes on the wire, so that the same
 * message redelivered gets the same id.
 */
export function inboundIdOf(customer: string, stanzaId: string, stanzaHash: Uint8Array): string {
  const digest = createHash('sha256').update(`${customer}\n${stanzaId}\n`).update(stanzaHash).digest();
  return Buffer.concat([inboundPrefix, digest.subarray(0, idBytes - inboundPrefix.length)]).toString('base64url');
}
