import { Fenced, type CallbackQueue, type PendingCallback, type ShardTenure } from '@multiconnect/message-store';

/** A callback queue in memory, for tests: one shard, fenced by its epoch. */
export interface MemoryQueue extends CallbackQueue {
  readonly rows: Map<number, PendingCallback>;
  readonly deadLetters: Map<number, string>;
  /** Batches of `delivered`, as called. */
  readonly deletions: (readonly number[])[];
  reads: number;
  epoch: number;
  /** Every call fails while set. */
  outage?: Error;
  commit(seq: number, customer: string, createdAtMs: number): void;
}

/** Of what is about the account. */
const accountSlot = -1;

export function createMemoryQueue(epoch = 1): MemoryQueue {
  const rows = new Map<number, PendingCallback>();

  const reach = async (tenure?: ShardTenure) => {
    await Promise.resolve();
    if (queue.outage) throw queue.outage;
    if (tenure && tenure.epoch !== queue.epoch) throw new Fenced(tenure);
  };
  const change = (seq: number, fields: Partial<PendingCallback>) => {
    const row = rows.get(seq);
    if (row) rows.set(seq, { ...row, ...fields });
  };

  const queue: MemoryQueue = {
    rows,
    deadLetters: new Map(),
    deletions: [],
    reads: 0,
    epoch,
    commit(seq, customer, createdAtMs) {
      const event = { kind: 'status_change', id: `m${seq}`, recipient_id: customer, status: 'delivered', timestamp: 1 } as const;
      rows.set(seq, { seq, slot: 0, customer, eventId: `e${seq}`, event, attempts: 0, createdAtMs });
    },
    async due(_tenure, slots, afterSeq, limit) {
      queue.reads += 1;
      await reach();
      const due = [...rows.values()].filter((row) => slots.includes(row.slot) && row.seq > afterSeq && !queue.deadLetters.has(row.seq));
      return due.sort((a, b) => a.seq - b.seq).slice(0, limit);
    },
    async delivered(tenure, seqs) {
      await reach(tenure);
      queue.deletions.push(seqs);
      for (const seq of seqs) rows.delete(seq);
    },
    async postponed(tenure, seq, attempts, nextAttemptAtMs) {
      await reach(tenure);
      change(seq, { attempts, nextAttemptAtMs });
    },
    async buried(tenure, seq, reason) {
      await reach(tenure);
      queue.deadLetters.set(seq, reason);
    },
    async raise(_account, eventId, event) {
      await reach();
      if ([...rows.values()].some((row) => row.eventId === eventId)) return;
      const seq = 1 + Math.max(0, ...rows.keys());
      rows.set(seq, { seq, slot: accountSlot, customer: '', eventId, event, attempts: 0, createdAtMs: 0 });
    },
  };
  return queue;
}
