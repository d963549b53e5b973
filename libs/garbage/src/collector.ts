import type { Cancel, Clock } from '@multiconnect/clock';
import { retryUntilDone } from '@multiconnect/retry';

/** What a run came to. */
export type Outcome = { readonly deleted: number } | { readonly error: unknown };

export interface CollectorOptions {
  readonly clock: Clock;
  /** Resolves with how much was deleted. Ends soon after `signal` is aborted. */
  readonly collect: (signal: AbortSignal) => Promise<number>;
  /** Asked whenever a run by itself is due. */
  readonly isAutomatic: () => Promise<boolean>;
  /** Bounds of the random time between two runs by themselves. */
  readonly everyMs: { readonly min: number; readonly max: number };
  readonly random: () => number;
  /** Tells of a run that was asked for. Tried again until it resolves; `runId` says which run it is. */
  readonly report: (outcome: Outcome, runId: number) => Promise<void>;
  readonly onError: (error: unknown) => void;
  readonly onFinished: (deleted: number) => void;
}

export interface Collector {
  /** Collects now, or is part of the run under way. */
  request(): void;
  /** Ends the run under way, without a report. */
  stop(): Promise<void>;
}

const reportBackoff = { initialMs: 500, maxMs: 30_000 };

/** Runs one garbage collection at a time: when asked to, and by itself at random intervals. */
export function startCollector(options: CollectorOptions): Collector {
  const { clock, everyMs, random, onError } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<void> | undefined;
  let isReported = false;
  let cancelNext: Cancel = () => undefined;

  const attempt = async (): Promise<Outcome> => {
    try {
      return { deleted: await options.collect(signal) };
    } catch (error) {
      return { error };
    }
  };

  const report = (outcome: Outcome, runId: number) =>
    retryUntilDone({ clock, signal, backoff: reportBackoff, isFinal: () => false, onRetry: onError }, () => options.report(outcome, runId));

  const run = async () => {
    const runId = clock.nowMs();
    const outcome = await attempt();
    if (signal.aborted) return;
    if ('error' in outcome) onError(outcome.error);
    else options.onFinished(outcome.deleted);
    if (isReported) await report(outcome, runId);
  };

  const start = () => {
    running ??= run()
      .catch((error: unknown) => {
        if (!signal.aborted) onError(error);
      })
      .finally(() => {
        running = undefined;
        isReported = false;
      });
  };

  const scheduleNext = () => {
    const delayMs = everyMs.min + random() * (everyMs.max - everyMs.min);
    cancelNext = clock.after(delayMs, () => {
      options
        .isAutomatic()
        .then((isAutomatic) => {
          if (isAutomatic && !signal.aborted) start();
        }, onError)
        .finally(() => {
          if (!signal.aborted) scheduleNext();
        });
    });
  };
  scheduleNext();

  return {
    request() {
      isReported = true;
      start();
    },
    async stop() {
      stopping.abort(new Error('the collector stops'));
      cancelNext();
      await running;
    },
  };
}
