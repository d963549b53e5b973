import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

const secretPrefix = 'whsec_';

/**
 * The key of a webhook secret: `whsec_` and base64 as in Standard Webhooks, anything else as its UTF-8 bytes. To be kept: from bytes, each
 * signature would cost five times as much.
 */
export function webhookKeyOf(secret: string): KeyObject {
  const isText = !secret.startsWith(secretPrefix);
  return isText ? createSecretKey(secret, 'utf8') : createSecretKey(secret.slice(secretPrefix.length), 'base64');
}

/** The `webhook-signature` of a body (Standard Webhooks, v1: HMAC-SHA256 over `id.timestamp.body`). */
export function signWebhook(key: KeyObject, eventId: string, timestampS: number, body: string): string {
  const digest = createHmac('sha256', key).update(`${eventId}.${timestampS}.${body}`).digest('base64');
  return `v1,${digest}`;
}
