import type { CallbackEvent } from '@multiconnect/contract';

/** One attempt at one callback. */
export interface CallbackRequest {
  readonly url: string;
  /** Stable across attempts; what the receiver dedupes by. */
  readonly eventId: string;
  readonly event: CallbackEvent;
  /** W3C traceparent. */
  readonly trace?: string;
}

/**
 * `reason` is a short fixed word such as `http-500`, `timeout`, `refused`: never anything that was sent or answered. `isFinal`: another
 * attempt would end the same, whatever the receiver does.
 */
export type CallbackOutcome = { readonly ok: true } | { readonly ok: false; readonly reason: string; readonly isFinal?: boolean };

/** Carries callbacks to the back end. */
export interface CallbackSender {
  /** Another number when what failed before may succeed now. */
  readonly generation: number;
  /** `ok` only when the back end answered 200. Does not reject. Aborting `signal` leaves the outcome unknown. */
  send(request: CallbackRequest, signal: AbortSignal): Promise<CallbackOutcome>;
  close(): Promise<void>;
}
