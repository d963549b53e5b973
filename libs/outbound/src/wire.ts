import type { CiphertextRow } from '@multiconnect/message-store';
import type { Outlet } from './ports.ts';

/**
 * The shard's stream as the sender uses it.
 *
 * INVARIANT: on every stream, what is committed and not acknowledged goes out first, in order of acceptance, and only then
 * what is new. So what was committed while the stream changed is left to the recovery, never put ahead of it.
 */
export interface Wire {
  readonly isOnline: boolean;
  /** Stanzas written to this stream whose acknowledgement is not committed. */
  readonly inFlight: number;
  has(id: string): boolean;
  online(outlet: Outlet): void;
  offline(): void;
  /** Nobody knows what was committed: the store is to be asked again. */
  doubt(): void;
  /** Sends what the store holds and this stream has not had, unless that is done. */
  recover(): Promise<void>;
  /** Sends what has just been committed, or leaves it to the recovery that is due. */
  send(messages: readonly { readonly id: string; readonly stanza: string }[]): void;
  settled(ids: readonly string[]): void;
}

export function createWire(options: {
  signal: AbortSignal;
  /** Rows that a recovery reads at once. */
  pageRows: number;
  /** Committed ciphertexts without an acknowledgement, in order. */
  unacknowledged: (afterSeq: number, limit: number) => Promise<readonly CiphertextRow[]>;
  onTrouble: (what: string, error: unknown) => void;
}): Wire {
  const inFlight = new Set<string>();
  let outlet: Outlet | undefined;
  // A recovery is due from each new stream and each doubt on.
  let due = 0;
  let done = 0;

  const isOnline = () => outlet !== undefined && !options.signal.aborted;

  const write = (id: string, stanza: string) => {
    if (outlet === undefined) return;
    try {
      outlet.send(stanza, id);
      inFlight.add(id);
    } catch (error) {
      // The stream has just closed: the ciphertext is stored, and goes out on the next stream.
      outlet = undefined;
      options.onTrouble('stream', error);
    }
  };

  const replay = async () => {
    const stream = outlet;
    const wanted = due;
    for (let afterSeq = -1; ; ) {
      const rows = await options.unacknowledged(afterSeq, options.pageRows);
      if (outlet !== stream || !isOnline()) return;
      for (const row of rows) if (!inFlight.has(row.id)) write(row.id, row.stanza);
      if (rows.length < options.pageRows) break;
      afterSeq = rows.at(-1)?.seq ?? afterSeq;
    }
    if (isOnline()) done = wanted;
  };

  return {
    get isOnline() {
      return isOnline();
    },
    get inFlight() {
      return inFlight.size;
    },
    has: (id) => inFlight.has(id),
    online(next) {
      outlet = next;
      inFlight.clear();
      due += 1;
    },
    offline() {
      outlet = undefined;
    },
    doubt() {
      due += 1;
    },
    async recover() {
      while (done !== due && isOnline()) await replay();
    },
    send(messages) {
      if (done !== due) {
        due += 1; // a recovery that runs now may have looked too early to find these
        return;
      }
      for (const { id, stanza } of messages) write(id, stanza);
    },
    settled(ids) {
      for (const id of ids) inFlight.delete(id);
    },
  };
}
