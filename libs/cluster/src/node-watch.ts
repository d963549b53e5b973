import type { Clock } from '@multiconnect/clock';
import { within } from './deadline.ts';
import { createLiveness } from './liveness.ts';
import type { HeartbeatStore } from './membership.ts';
import type { PlannedNode } from './plan.ts';
import { createPulse } from './pulse.ts';

export interface NodeWatchOptions {
  readonly heartbeats: HeartbeatStore;
  readonly clock: Clock;
  readonly unhealthyAfterMs?: number;
  readonly pollEveryMs?: number;
  /** The heartbeats could not be read; the next look is made at its time. */
  readonly onError: (error: unknown) => void;
}

/** What one master sees of the coreapps. */
export interface NodeWatch {
  /** Looks now; `owners` are watched from now on though they were never seen. False: the heartbeat store did not answer. */
  look(owners: readonly string[]): Promise<boolean>;
  /** As of the last look. */
  nodes(): readonly PlannedNode[];
  stop(): Promise<void>;
}

/**
 * Watches the coreapps until stopped, whether this master leads or not: one that begins to lead knows already who has been
 * silent for how long, and need not count from zero. Its own watching is all that it counts.
 */
export function runNodeWatch(options: NodeWatchOptions): NodeWatch {
  const { heartbeats, clock, onError } = options;
  const { unhealthyAfterMs = 1500, pollEveryMs = 250 } = options;
  const liveness = createLiveness({ clock, unhealthyAfterMs, longestLookMs: 2 * pollEveryMs });
  const pulse = createPulse(clock);
  const stopper = new AbortController();
  const isStopped = () => stopper.signal.aborted;
  let watchedOwners: readonly string[] = [];
  let last = Promise.resolve(true);

  const read = async (): Promise<boolean> => {
    try {
      const nodes = await within(clock, unhealthyAfterMs, heartbeats.readNodes());
      liveness.observe(
        nodes.filter(({ role }) => role === 'coreapp'),
        watchedOwners,
      );
      return true;
    } catch (error) {
      liveness.lookedAway();
      onError(error);
      return false;
    }
  };
  /** One after another: a look that was asked for never makes do with an answer from before. */
  const lookAgain = (): Promise<boolean> => {
    last = last.then(read);
    return last;
  };

  const run = async () => {
    while (!isStopped()) {
      await lookAgain();
      if (!isStopped()) await pulse.wait(pollEveryMs);
    }
  };
  const running = run();
  return {
    look: (owners) => {
      watchedOwners = owners;
      return lookAgain();
    },
    nodes: () => liveness.nodes(),
    stop: () => {
      stopper.abort();
      pulse.wake();
      return running;
    },
  };
}
