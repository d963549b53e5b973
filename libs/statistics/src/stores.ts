/** The documented store that a statement belongs to, by the first words of its name. */
const stores: readonly (readonly [pattern: RegExp, store: string])[] = [
  [/^(callbacks)/, 'callbackStore'],
  [/^(contacts)/, 'contactStore'],
  [/^(prekeys|ratchets)/, 'axolotlStore'],
  [/^(outbox|inbox|accept|find-idempotent)/, 'jobqueueStore'],
  [/^(fence|node|shard|term)/, 'clusterStore'],
  [/^(account|certificates|media-providers|photo|pin|profile|settings|schema|sticker|users)/, 'configStore'],
];

export function storeOf(statement: string): string {
  return stores.find(([pattern]) => pattern.test(statement))?.[1] ?? 'messageStore';
}
