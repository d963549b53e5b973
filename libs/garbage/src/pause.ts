import type { Clock } from '@multiconnect/clock';

/** Work for one part of the time, leave four to others. */
const pauseFactor = 4;
const minPauseMs = 20;
/** A statement that waited for something else says nothing about the load. */
const maxPauseMs = 5_000;

/** Leaves the database, or the volume, to others for a multiple of the time that the step since `startedMs` took. */
export function pauseAfter(clock: Clock, startedMs: number, signal: AbortSignal): Promise<void> {
  const workedMs = clock.monotonicMs() - startedMs;
  return clock.sleep(Math.min(maxPauseMs, Math.max(minPauseMs, workedMs * pauseFactor)), signal);
}
