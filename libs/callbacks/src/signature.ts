import { createHmac } from 'node:crypto';

const secretPrefix = 'whsec_';

/** The bytes of a webhook secret: `whsec_` and base64 as in Standard Webhooks, anything else as its UTF-8 bytes. */
export function webhookKeyOf(secret: string): Uint8Array {
  if (!secret.startsWith(secretPrefix)) return Buffer.from(secret, 'utf8');
  return Buffer.from(secret.slice(secretPrefix.length), 'base64');
}

/** The `webhook-signature` of a body (Standard Webhooks, v1: HMAC-SHA256 over `id.timestamp.body`). */
export function signWebhook(key: Uint8Array, eventId: string, timestampS: number, body: string): string {
  const digest = createHmac('sha256', key).update(`${eventId}.${timestampS}.${body}`).digest('base64');
  return `v1,${digest}`;
}
