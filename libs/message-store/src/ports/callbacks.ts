import type { CallbackEvent } from '@multiconnect/contract';
import type { ShardTenure } from './fencing.ts';

/** A callback that waits for the back end's 200. */
export interface PendingCallback {
  readonly seq: number;
  readonly slot: number;
  readonly customer: string;
  /** Stable across attempts. */
  readonly eventId: string;
  readonly event: CallbackEvent;
  readonly attempts: number;
  readonly nextAttemptAtMs?: number;
  readonly createdAtMs: number;
  readonly trace?: string;
}

/** The callbacks of a shard, in order of their sequence. The slots are the shard's own (-1: about the account). */
export interface CallbackQueue {
  /** At most `limit` undelivered callbacks with a sequence above `afterSeq`, dead letters left out, in order. */
  due(tenure: ShardTenure, slots: readonly number[], afterSeq: number, limit: number): Promise<readonly PendingCallback[]>;
  /** The back end answered 200: the rows go. Throws {@link Fenced}. */
  delivered(tenure: ShardTenure, seqs: readonly number[]): Promise<void>;
  /** An attempt failed. Throws {@link Fenced}. */
  postponed(tenure: ShardTenure, seq: number, attempts: number, nextAttemptAtMs: number): Promise<void>;
  /** Never dropped: kept with its reason. Throws {@link Fenced}. */
  buried(tenure: ShardTenure, seq: number, reason: string): Promise<void>;
  /** An event about the account (slot -1), unless one with this id waits already. */
  raise(account: number, eventId: string, event: CallbackEvent): Promise<void>;
}
