import { toBase64 } from './bytes.ts';
import { indexOfBaseKey, indexOfRatchetKey, readLines, receivingChains } from './session.ts';
import type { ReceivingChain, SessionLine } from './session.ts';
import type { SessionRecord, SignalMessage } from './types.ts';
import { readRatchetPosition } from './wire.ts';
import type { RatchetPosition } from './wire.ts';

// Nothing can be said beyond this: such counters are "-1" as some clients write it, or forged.
const maxCounter = 2 ** 31;

/**
 * Number of messages of the sender that come before this one and have not been decrypted: 0 if it is next in order.
 * Skipped messages count until they arrive. Of a session not known yet, all earlier messages of its chain count. Only a
 * hint before decryption, since nothing in the message is proven by then.
 * @throws UntrustedOrCorruptMessage if the message is malformed
 */
export function missingBefore(session: SessionRecord | undefined, message: SignalMessage): number {
  const position = readRatchetPosition(message);
  const line = session === undefined ? undefined : sessionOf(readLines(session), position);
  return line === undefined ? position.counter : missingInSession(receivingChains(line), position);
}

function sessionOf(lines: readonly SessionLine[], { baseKey, ratchetKey }: RatchetPosition): SessionLine | undefined {
  if (baseKey !== undefined) return lines[indexOfBaseKey(lines, baseKey)];
  return lines[Math.max(0, indexOfRatchetKey(lines, ratchetKey))];
}

function missingInSession(chains: readonly ReceivingChain[], position: RatchetPosition): number {
  const ratchetKey = toBase64(position.ratchetKey);
  const index = chains.findIndex((chain) => chain.ratchetKey === ratchetKey);
  const chain = chains[index];
  if (chain !== undefined) return skippedIn(chains.slice(0, index)) + outstandingIn(chain, position.counter);
  const unseen = chains.reduce((sum, { open, counter }) => sum + (open ? tail(counter, position.previousCounter) : 0), 0);
  return skippedIn(chains) + unseen + position.counter;
}

/** Messages after `counter`, up to and with `last`. */
function tail(counter: number, last: number): number {
  return last >= maxCounter ? 0 : Math.max(0, last - counter);
}

function skippedIn(chains: readonly ReceivingChain[]): number {
  return chains.reduce((sum, { skipped }) => sum + skipped.length, 0);
}

function outstandingIn(chain: ReceivingChain, counter: number): number {
  return chain.skipped.filter((skipped) => skipped < counter).length + tail(chain.counter, counter - 1);
}
