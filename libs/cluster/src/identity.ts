import { randomUUID } from 'node:crypto';

/** Parts a node's id from what makes one boot of it unlike the next. */
const separator = '#';

/** A name for one boot of a process. */
export function newBoot(): string {
  return randomUUID().slice(0, 8);
}

/**
 * Who holds a lease or owns a shard: a node in one boot, `<node id>#<boot>`.
 * INVARIANT: two processes never share it. A node that restarts under its old id, or one that was thawed after it was replaced,
 * would otherwise serve under an epoch that the other boot still writes under.
 */
export function ownerId(node: { readonly id: string; readonly boot: string }): string {
  return `${node.id}${separator}${node.boot}`;
}

/** The node's id within an owner, a holder, or the value of the leader's lease. */
export function nodeIdOf(owner: string): string {
  return owner.split(separator, 1)[0] ?? owner;
}
