/** Stops what it was returned for; calling it again, or too late, does nothing. */
export type Cancel = () => void;

/** The only source of time and of timers. Durations are milliseconds. */
export interface Clock {
  /** Wall time, milliseconds since 1970. It may jump: for stamps that people read, never for measuring. */
  nowMs(): number;
  /** Milliseconds since some fixed moment of this process. It never goes back. */
  monotonicMs(): number;
  /** Calls `fn` once, `ms` from now. */
  after(ms: number, fn: () => void): Cancel;
  /** Calls `fn` every `ms`, the first time `ms` from now. Calls that came due together are merged into one. */
  every(ms: number, fn: () => void): Cancel;
  /** Resolves `ms` from now; rejects with the signal's reason as soon as `signal` is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
