import type { InboxRow } from '@multiconnect/message-store';
import type { DeviceKey } from '@multiconnect/omemo';
import {
  missingBefore,
  type RatchetPosition,
  readRatchetPosition,
  type SessionRecord,
  UntrustedOrCorruptMessage,
} from '@multiconnect/signal';

/** An inbox row that holds a message for this device. */
export interface Keyed {
  readonly row: InboxRow;
  readonly key: DeviceKey;
}

/** Messages of one sending chain, those encrypted first in front. */
export type Chain<Message extends Keyed> = readonly [Message, ...Message[]];

function positionOf({ key }: Keyed): RatchetPosition | undefined {
  try {
    return readRatchetPosition(key.message);
  } catch (error) {
    if (error instanceof UntrustedOrCorruptMessage) return undefined; // a chain of its own: it is reported as unreadable
    throw error;
  }
}

function chainName(position: RatchetPosition): string {
  return [position.baseKey ?? [], position.ratchetKey].map((key) => Buffer.from(key).toString('base64')).join('/');
}

/** One device's messages by chain. Of a chain only the first can be the next in order, however many wait. */
export function chainsOf<Message extends Keyed>(messages: readonly Message[]): Chain<Message>[] {
  const chains = new Map<string, { readonly message: Message; readonly counter: number }[]>();
  for (const message of messages) {
    const position = positionOf(message);
    const name = position === undefined ? `malformed/${message.row.seq}` : chainName(position);
    const entry = { message, counter: position?.counter ?? 0 };
    const chain = chains.get(name);
    if (chain === undefined) chains.set(name, [entry]);
    else chain.push(entry);
  }
  return [...chains.values()].map((chain) => {
    chain.sort((a, b) => a.counter - b.counter);
    return chain.map(({ message }) => message) as [Message, ...Message[]];
  });
}

/** What its session says of how many messages come before this one and have not come. */
export function missingIn(session: SessionRecord | undefined, { key }: Keyed): number {
  try {
    return missingBefore(session, key.message);
  } catch (error) {
    if (error instanceof UntrustedOrCorruptMessage) return 0; // nothing to wait for
    throw error;
  }
}
