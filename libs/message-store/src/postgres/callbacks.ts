import type { CallbackEvent } from '@multiconnect/contract';
import type { CallbackQueue, PendingCallback } from '../ports/callbacks.ts';
import { type Database, runFenced } from './database.ts';
import { statement } from './statements.ts';

const due = statement('callbacks-due');
const delivered = statement('callbacks-delivered');
const postponed = statement('callbacks-postponed');
const buried = statement('callbacks-buried');
const raise = statement('callbacks-raise');

interface CallbackColumns {
  readonly seq: string;
  readonly slot: number;
  readonly customer: string;
  readonly event_id: string;
  readonly body: CallbackEvent;
  readonly attempts: number;
  readonly trace: string | null;
  readonly next_attempt_at_ms: number | null;
  readonly created_at_ms: number;
}

function callbackOf(row: CallbackColumns): PendingCallback {
  return {
    seq: Number(row.seq),
    slot: row.slot,
    customer: row.customer,
    eventId: row.event_id,
    event: row.body,
    attempts: row.attempts,
    createdAtMs: row.created_at_ms,
    ...(row.next_attempt_at_ms === null ? {} : { nextAttemptAtMs: row.next_attempt_at_ms }),
    ...(row.trace === null ? {} : { trace: row.trace }),
  };
}

export function createCallbackQueue(database: Database): CallbackQueue {
  return {
    async due(tenure, slots, afterSeq, limit) {
      const rows = await database.run<CallbackColumns>(due, [tenure.account, slots, afterSeq, limit]);
      return rows.map(callbackOf);
    },
    async delivered(tenure, seqs) {
      await runFenced(database, delivered, tenure, [seqs]);
    },
    async postponed(tenure, seq, attempts, nextAttemptAtMs) {
      await runFenced(database, postponed, tenure, [seq, attempts, nextAttemptAtMs]);
    },
    async buried(tenure, seq, reason) {
      await runFenced(database, buried, tenure, [seq, reason]);
    },
    async raise(account, eventId, event) {
      await database.run(raise, [account, eventId, JSON.stringify(event)]);
    },
  };
}
