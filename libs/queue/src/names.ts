/**
 * What this library keeps in Redis. All of it is a hint: the rows in PostgreSQL are the truth, and a sweep finds what no
 * hint names.
 *
 * | key | type | written by | read by |
 * |---|---|---|---|
 * | `{prefix}:outbound-<account>-<shard>:*` | BullMQ's own | webapps, after a commit | the shard's owner |
 * | `{prefix}:inbox` | pub/sub channel: `<account>:<slot>,<slot>…` | the receiver, after a commit | coreapps |
 */
export const outboundQueueName = (account: number, shard: number) => `outbound-${account}-${shard}`;
export const inboxChannel = (prefix: string) => `${prefix}:inbox`;

/** A job of an outbound queue: messages of one shard that were accepted together. Ids only, never contents. */
export interface OutboundHint {
  readonly ids: readonly string[];
}

export const hintJobName = 'accepted';
