import type { InboxRow } from '@multiconnect/message-store';
import type { DeviceKey } from '@multiconnect/omemo';
import { missingBefore, type SessionRecord, UntrustedOrCorruptMessage } from '@multiconnect/signal';

/** An inbox row that holds a message for this device. */
export interface Keyed {
  readonly row: InboxRow;
  readonly senderDeviceId: number;
  readonly key: DeviceKey;
}

function missing(session: SessionRecord | undefined, keyed: Keyed): number {
  try {
    return missingBefore(session, keyed.key.message);
  } catch (error) {
    if (error instanceof UntrustedOrCorruptMessage) return 0; // nothing to wait for: it is reported as unreadable
    throw error;
  }
}

/**
 * The next of one device's messages in the order it was encrypted, with how many earlier ones are still missing. The
 * server redelivers what a dead connection left in reversed order; the ratchet's own counters tell the true one.
 */
export function nextInOrder(
  session: SessionRecord | undefined,
  messages: readonly Keyed[],
): { readonly next: Keyed; readonly missing: number } | undefined {
  let best: { next: Keyed; missing: number } | undefined;
  for (const candidate of messages) {
    const count = missing(session, candidate);
    if (best === undefined || count < best.missing) best = { next: candidate, missing: count };
    if (count === 0) break;
  }
  return best;
}
