import type { PendingCallback } from '@multiconnect/message-store';

/** A callback in memory. `done`: answered or buried, but its row may still be there. */
export interface Entry {
  readonly row: PendingCallback;
  state: 'waiting' | 'in-flight' | 'done';
  attempts: number;
  /** Wall time before which it is not sent. */
  dueAtMs: number;
}

/** The first callbacks of a shard, in order. Decides which may be sent; knows nothing of time, storage or the network. */
export interface Window {
  /** Takes what a read of the queue from its start answered. `complete`: there is nothing behind the last of `rows`. */
  merge(rows: readonly PendingCallback[], complete: boolean): void;
  /** At most `room` callbacks that may be sent now, in order. `maxWaitMs` is the longest anything may have been put off. */
  sendable(nowMs: number, maxWaitMs: number, room: number): readonly Entry[];
  /** How long the first failed callback still holds back what is behind it; 0 when nothing does. */
  heldForMs(nowMs: number, maxWaitMs: number): number;
  /** Failed callbacks may be tried again at once. */
  hurry(): void;
  /** The rows are gone. */
  drop(seqs: Iterable<number>): void;
  /** Callbacks that are not done. */
  live(): number;
}

export function createWindow(): Window {
  const bySeq = new Map<number, Entry>();
  let inOrder: Entry[] = [];

  /** Waiting rows that the queue no longer has were delivered by another owner; those behind a full page are read again. */
  const forgetUnlisted = (rows: readonly PendingCallback[], complete: boolean) => {
    const listed = new Set(rows.map((row) => row.seq));
    const last = rows.at(-1)?.seq ?? 0;
    for (const { row, state, attempts } of inOrder) {
      if (state !== 'waiting' || listed.has(row.seq)) continue;
      const isFailedBehindPage = attempts > 0 && !complete && row.seq > last;
      if (!isFailedBehindPage) bySeq.delete(row.seq);
    }
  };

  const firstFailed = () => inOrder.find((entry) => entry.attempts > 0 && entry.state !== 'done');

  return {
    merge(rows, complete) {
      forgetUnlisted(rows, complete);
      for (const row of rows) {
        if (bySeq.has(row.seq)) continue;
        bySeq.set(row.seq, { row, state: 'waiting', attempts: row.attempts, dueAtMs: row.nextAttemptAtMs ?? 0 });
      }
      inOrder = [...bySeq.values()].sort((a, b) => a.row.seq - b.row.seq);
    },

    sendable(nowMs, maxWaitMs, room) {
      const picked: Entry[] = [];
      const busy = new Set<string>();
      for (const entry of inOrder) if (entry.state === 'in-flight') busy.add(entry.row.customer);
      for (const entry of inOrder) {
        if (picked.length >= room) break;
        if (entry.state === 'done') continue;
        if (entry.state === 'waiting' && !busy.has(entry.row.customer) && waitOf(entry, nowMs, maxWaitMs) === 0) {
          picked.push(entry);
        }
        // INVARIANT: nothing behind a failed callback is sent before that one is answered or buried.
        if (entry.attempts > 0) break;
        // INVARIANT: a customer's next callback is sent only after the one before it was answered or buried.
        busy.add(entry.row.customer);
      }
      return picked;
    },

    heldForMs(nowMs, maxWaitMs) {
      const head = firstFailed();
      return head?.state === 'waiting' ? waitOf(head, nowMs, maxWaitMs) : 0;
    },

    hurry() {
      for (const entry of inOrder) entry.dueAtMs = 0;
    },

    drop(seqs) {
      for (const seq of seqs) bySeq.delete(seq);
      inOrder = inOrder.filter((entry) => bySeq.has(entry.row.seq));
    },

    live: () => inOrder.reduce((count, entry) => (entry.state === 'done' ? count : count + 1), 0),
  };
}

/** A wait longer than the settings allow means that they were lowered, or that the clock was set back: it is over. */
function waitOf(entry: Entry, nowMs: number, maxWaitMs: number): number {
  const waitMs = entry.dueAtMs - nowMs;
  return waitMs <= 0 || waitMs > maxWaitMs ? 0 : waitMs;
}
