import type { CallbackQueue, ShardTenure } from '@multiconnect/message-store';

type Change = { readonly attempts: number; readonly nextAttemptAtMs: number } | { readonly buried: string };

/** Outcomes of attempts that the database does not know yet. */
export interface Ledger {
  delivered(seq: number): void;
  postponed(seq: number, attempts: number, nextAttemptAtMs: number): void;
  buried(seq: number, reason: string): void;
  isEmpty(): boolean;
  /** Writes them down; what fails stays for the next time. `settled` gets the rows that are no longer due. Throws {@link Fenced}. */
  flush(settled: (seqs: readonly number[]) => void): Promise<void>;
}

export function createLedger(tenure: ShardTenure, queue: CallbackQueue): Ledger {
  const answered = new Set<number>();
  const changes = new Map<number, Change>();

  const write = async (seq: number, change: Change) => {
    if ('buried' in change) await queue.buried(tenure, seq, change.buried);
    else await queue.postponed(tenure, seq, change.attempts, change.nextAttemptAtMs);
    if (changes.get(seq) === change) changes.delete(seq);
  };

  return {
    delivered(seq) {
      changes.delete(seq);
      answered.add(seq);
    },
    postponed: (seq, attempts, nextAttemptAtMs) => void changes.set(seq, { attempts, nextAttemptAtMs }),
    buried: (seq, reason) => void changes.set(seq, { buried: reason }),
    isEmpty: () => answered.size === 0 && changes.size === 0,

    async flush(settled) {
      if (answered.size > 0) {
        const seqs = [...answered];
        await queue.delivered(tenure, seqs);
        for (const seq of seqs) answered.delete(seq);
        settled(seqs);
      }
      for (const [seq, change] of changes) {
        await write(seq, change);
        if ('buried' in change) settled([seq]);
      }
    },
  };
}
